// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// The core: RV32IMC_Zicsr_Zifencei, machine mode, in order, single issue.
// Timing: both ports take a request when valid and ready are high and expect
// exactly one response per request, in order, one cycle later or more; see the
// README for what depends on what combinationally.
//
// Stages: F request, G memory word, A align and decompress, D decode and
// operands, X execute and data request, M data response and commit, W write
// back. An instruction commits when it leaves M: traps are taken there, and a
// data request in X is held back until M is known to be free of errors.

module rl_core #(
  parameter logic [31:0] ResetVector  = 32'h0,  // requires: multiple of 2
  parameter logic [31:0] HartId       = 32'h0,
  parameter int unsigned BtbIndexBits = 4       // log2 of the BTB's entries
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  // instruction port
  output logic        imem_valid_o,
  input  logic        imem_ready_i,
  output logic [31:0] imem_addr_o,
  input  logic        imem_rvalid_i,
  input  logic [31:0] imem_rdata_i,
  input  logic        imem_err_i,

  // data port
  output logic        dmem_valid_o,
  input  logic        dmem_ready_i,
  output logic [31:0] dmem_addr_o,
  // The address is the sum of these two: for who decodes it and cannot wait for the carry.
  output logic [31:0] dmem_base_o,
  output logic [31:0] dmem_offset_o,
  output logic        dmem_write_o,
  output logic [3:0]  dmem_wstrb_o,
  output logic [31:0] dmem_wdata_o,
  input  logic        dmem_rvalid_i,
  input  logic [31:0] dmem_rdata_i,
  input  logic        dmem_err_i,

`ifdef RISCV_FORMAL
  // retirement, one instruction in each cycle at most
  output logic        rvfi_valid,
  output logic [63:0] rvfi_order,
  output logic [31:0] rvfi_insn,
  output logic        rvfi_trap,
  output logic        rvfi_halt,
  output logic        rvfi_intr,
  output logic [1:0]  rvfi_mode,
  output logic [1:0]  rvfi_ixl,
  output logic [4:0]  rvfi_rs1_addr,
  output logic [4:0]  rvfi_rs2_addr,
  output logic [31:0] rvfi_rs1_rdata,
  output logic [31:0] rvfi_rs2_rdata,
  output logic [4:0]  rvfi_rd_addr,
  output logic [31:0] rvfi_rd_wdata,
  output logic [31:0] rvfi_pc_rdata,
  output logic [31:0] rvfi_pc_wdata,
  output logic [31:0] rvfi_mem_addr,
  output logic [3:0]  rvfi_mem_rmask,
  output logic [3:0]  rvfi_mem_wmask,
  output logic [31:0] rvfi_mem_rdata,
  output logic [31:0] rvfi_mem_wdata,
  output logic        rvfi_mem_fault,
  output logic [3:0]  rvfi_mem_fault_rmask,
  output logic [3:0]  rvfi_mem_fault_wmask,
  output logic [31:0] rvfi_csr_mstatus_rmask,
  output logic [31:0] rvfi_csr_mstatus_wmask,
  output logic [31:0] rvfi_csr_mstatus_rdata,
  output logic [31:0] rvfi_csr_mstatus_wdata,
  output logic [31:0] rvfi_csr_mepc_rmask,
  output logic [31:0] rvfi_csr_mepc_wmask,
  output logic [31:0] rvfi_csr_mepc_rdata,
  output logic [31:0] rvfi_csr_mepc_wdata,
  output logic [31:0] rvfi_csr_mcause_rmask,
  output logic [31:0] rvfi_csr_mcause_wmask,
  output logic [31:0] rvfi_csr_mcause_rdata,
  output logic [31:0] rvfi_csr_mcause_wdata,
  output logic [31:0] rvfi_csr_mtval_rmask,
  output logic [31:0] rvfi_csr_mtval_wmask,
  output logic [31:0] rvfi_csr_mtval_rdata,
  output logic [31:0] rvfi_csr_mtval_wdata,
`endif

  // interrupts, level
  input  logic        irq_external_i,
  input  logic        irq_timer_i,
  input  logic        irq_software_i,

  // state
  output logic        sleep_o,         // waiting in wfi
  output rl_core_pkg::perf_t perf_o
);

  if (ResetVector[0]) begin : gen_check_reset_vector
    $fatal(1, "rl_core: ResetVector must be a multiple of 2");
  end

  // ---------------------------------------------------------------- D: decode

  logic        d_valid, d_ready, d_compressed, d_bad, d_front_illegal;
  logic        d_pred, d_front_bad, d_fault, d_fault_upper;
  logic [31:0] d_instr, d_imm;
  logic [15:0] d_raw;
  logic [31:1] d_pc, d_pred_target;
  rl_core_pkg::bubble_e d_bubble;
  rl_core_pkg::ctrl_t   d_ctrl;

  logic        redirect, kill_d, x_redirect, trap_redirect_q;
  logic        trap_redirect_other_q, trap_redirect_fencei_q;
  logic [31:1] redirect_addr, x_redirect_addr, trap_redirect_addr_q;
  logic        btb_update_q, btb_valid_q;
  logic [31:1] btb_addr_q, btb_target_q;

  rl_core_front #(
    .ResetVector (ResetVector),
    .BtbIndexBits(BtbIndexBits)
  ) u_front (
    .clk_i,
    .rst_ni,
    .imem_valid_o,
    .imem_ready_i,
    .imem_addr_o,
    .imem_rvalid_i,
    .imem_rdata_i,
    .imem_err_i,
    .redirect_i          (redirect),
    .redirect_addr_i     (redirect_addr),
    .redirect_other_i    (trap_redirect_q && trap_redirect_other_q),
    .kill_i              (kill_d),
    .btb_flush_i         (trap_redirect_q && trap_redirect_fencei_q),
    .btb_update_i        (btb_update_q),
    .btb_update_valid_i  (btb_valid_q),
    .btb_update_addr_i   (btb_addr_q),
    .btb_update_target_i (btb_target_q),
    .d_valid_o           (d_valid),
    .d_ready_i           (d_ready),
    .d_instr_o           (d_instr),
    .d_raw_o             (d_raw),
    .d_compressed_o      (d_compressed),
    .d_illegal_o         (d_front_illegal),
    .d_pc_o              (d_pc),
    .d_pred_o            (d_pred),
    .d_pred_target_o     (d_pred_target),
    .d_bad_o             (d_front_bad),
    .d_fault_o           (d_fault),
    .d_fault_upper_o     (d_fault_upper),
    .d_bubble_o          (d_bubble)
  );

  rl_core_decode u_decode (
    .instr_i (d_instr),
    .ctrl_o  (d_ctrl),
    .imm_o   (d_imm)
  );

  // Exceptions that are known here. An interrupt takes the place of the
  // instruction; its saved program counter is the instruction's.
  logic       irq_pending, irq_wake, d_exc, d_plain;
  logic [4:0] irq_cause, d_cause;

  always_comb begin
    d_exc   = 1'b1;
    d_cause = irq_cause;
    if (!irq_pending) begin
      if (d_fault) begin
        d_cause = rl_core_pkg::ExcInstrFault;
      end else if (d_ctrl.illegal || d_front_illegal) begin
        d_cause = rl_core_pkg::ExcIllegal;
      end else if (d_ctrl.ebreak) begin
        d_cause = rl_core_pkg::ExcBreakpoint;
      end else begin
        d_cause = rl_core_pkg::ExcEcallM;
        d_exc   = d_ctrl.ecall;
      end
      // Halves that do not belong together say nothing: fetched again.
      if (d_front_bad) begin
        d_exc = 1'b0;
      end
    end
  end

  // A prediction on something that is no direct jump or return was wrong.
  assign d_bad = d_front_bad ||
                 (d_pred && !d_ctrl.branch && !d_ctrl.jal && !d_ctrl.jalr);
  assign d_plain = !d_exc && !d_bad;

  // Operands.
  logic [31:0] rs2_value, d_op_a, d_op_b, d_other_a, d_other_b;
  logic        hazard, hazard_mul;

  logic        x_valid_q, m_valid_q, w_we_q;
  logic        x_rd_we_q, m_rd_we_q;
  logic [4:0]  x_rd_q, m_rd_q, w_rd_q;
  logic        x_late_q, m_late_q, x_muldiv_q, m_muldiv_q;
  logic [31:0] alu_result, m_result_q, w_value;

  rl_core_operands u_operands (
    .clk_i,
    .rs1_i        (d_instr[19:15]),
    .rs2_i        (d_instr[24:20]),
    .use_rs1_i    (d_ctrl.use_rs1),
    .use_rs2_i    (d_ctrl.use_rs2),
    .a_is_reg_i   (d_ctrl.op_a == rl_core_pkg::OpARs1),
    .a_other_i    (d_other_a),
    .b_is_reg_i   (d_ctrl.op_b == rl_core_pkg::OpBRs2),
    .b_other_i    (d_other_b),
    .op_a_o       (d_op_a),
    .op_b_o       (d_op_b),
    .rs2_value_o  (rs2_value),
    .hazard_o     (hazard),
    .hazard_mul_o (hazard_mul),
    .x_we_i       (x_valid_q && x_rd_we_q),
    .x_rd_i       (x_rd_q),
    .x_late_i     (x_late_q),
    .x_muldiv_i   (x_muldiv_q),
    .x_value_i    (alu_result),
    .m_we_i       (m_valid_q && m_rd_we_q),
    .m_rd_i       (m_rd_q),
    .m_late_i     (m_late_q),
    .m_muldiv_i   (m_muldiv_q),
    .m_value_i    (m_result_q),
    .w_we_i       (w_we_q),
    .w_rd_i       (w_rd_q),
    .w_value_i    (w_value)
  );

  // Operands that are no registers. The selection of what is not used is free.
  always_comb begin
    unique case (d_ctrl.op_a)
      rl_core_pkg::OpAPc:   d_other_a = {d_pc, 1'b0};
      rl_core_pkg::OpAZero: d_other_a = 32'd0;
      default:              d_other_a = {27'd0, d_instr[19:15]};
    endcase
    unique case (d_ctrl.op_b)
      rl_core_pkg::OpBImm:  d_other_b = d_imm;
      rl_core_pkg::OpBZero: d_other_b = 32'd0;
      default:
        d_other_b = {29'd0, !d_compressed, d_compressed, 1'b0};
    endcase
  end

  // mtval of an exception found here: the address or the bits fetched. The
  // other exceptions' values, ebreak's and the addresses, leave the ALU.
  logic [31:0] d_tval;
  assign d_tval = d_fault      ? {d_pc[31:2] + {29'd0, d_fault_upper},
                                  d_pc[1] && !d_fault_upper, 1'b0} :
                  d_compressed ? {16'd0, d_raw} : d_instr;

  // Issue. Instructions that change the state of the machine run alone.
  logic d_alone, d_fire, alone_block, x_ready;
  logic x_alone_q, m_alone_q, w_alone_q, x_jalr_q;

  assign d_alone     = d_ctrl.csr || d_ctrl.mret || d_ctrl.wfi ||
                       d_ctrl.fencei;
  assign alone_block = (x_valid_q && x_alone_q) || (m_valid_q && m_alone_q) ||
                       w_alone_q || (d_alone && (x_valid_q || m_valid_q));
  assign d_ready = x_ready && !hazard && !alone_block &&
                   !(x_valid_q && x_jalr_q);
  assign d_fire  = d_valid && d_ready;

  // --------------------------------------------------------------- X: execute

  logic        x_compressed_q, x_pred_q, x_bad_q, x_exc_q, x_irq_q;
  logic        x_branch_q, x_jal_q, x_load_q, x_store_q, x_mul_q, x_div_q;
  logic        x_csr_q, x_csr_write_q, x_mret_q, x_wfi_q, x_fencei_q;
  logic        x_right_q, x_arith_q, x_unsigned_q, x_forward_q, x_redirected_q;
  logic [4:0]  x_cause_q;
  logic [2:0]  x_funct3_q;
  logic [11:0] x_csr_addr_q;
  logic        x_use_tval_q;
  logic [31:0] x_op_a_q, x_op_b_q, x_data_q, x_tval_q;
  logic [31:1] x_pc_q, x_pc_next_q, x_target_q, x_pred_target_q;
  rl_core_pkg::alu_op_e x_alu_op_q;
  rl_core_pkg::bubble_e x_bubble_q;

  logic x_fire, kill_x;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      x_valid_q      <= 1'b0;
      x_redirected_q <= 1'b0;
      x_bubble_q     <= rl_core_pkg::BubFetch;
    end else begin
      if (kill_x) begin
        x_valid_q  <= 1'b0;
        x_bubble_q <= rl_core_pkg::BubOther;
      end else if (x_ready) begin
        x_valid_q <= d_fire && !kill_d;
        if (kill_d) begin
          x_bubble_q <= (x_redirect || !trap_redirect_other_q)
                        ? rl_core_pkg::BubRedirect : rl_core_pkg::BubOther;
        end else if (!d_valid) begin
          x_bubble_q <= d_bubble;
        end else if (alone_block) begin
          x_bubble_q <= rl_core_pkg::BubOther;
        end else if (hazard) begin
          x_bubble_q <= hazard_mul ? rl_core_pkg::BubMuldiv
                                   : rl_core_pkg::BubLoadUse;
        end else begin
          x_bubble_q <= rl_core_pkg::BubRedirect;
        end
      end
      x_redirected_q <= (x_redirected_q || x_redirect) && !x_ready && !kill_x;
    end
  end

  always_ff @(posedge clk_i) begin
    if (x_ready) begin
      x_pc_q          <= d_pc;
      x_pc_next_q     <= d_pc + {29'd0, !d_compressed, d_compressed};
      x_target_q      <= d_pc + d_imm[31:1];
      x_forward_q     <= !d_imm[31];
      x_compressed_q  <= d_compressed || d_front_bad;
      x_pred_q        <= d_pred && d_plain;
      x_pred_target_q <= d_pred_target;
      x_bad_q         <= d_bad && !d_exc;
      x_exc_q         <= d_exc;
      x_irq_q         <= irq_pending;
      x_cause_q       <= d_cause;
      x_use_tval_q    <= d_fault || d_front_illegal ||
                         !(d_ctrl.ecall || d_ctrl.ebreak);
      x_tval_q        <= d_tval;
      x_op_a_q        <= d_op_a;
      x_op_b_q        <= d_op_b;
      x_data_q        <= rs2_value;
      x_alu_op_q      <= d_ctrl.alu_op;
      x_right_q       <= d_ctrl.alu_right;
      x_arith_q       <= d_ctrl.alu_arith;
      x_unsigned_q    <= d_ctrl.branch ? d_instr[13] : d_instr[12];
      x_funct3_q      <= d_instr[14:12];
      x_rd_q          <= d_instr[11:7];
      x_rd_we_q       <= d_plain && d_ctrl.rd_we;
      x_late_q        <= d_ctrl.load || d_ctrl.mul || d_ctrl.div || d_ctrl.csr;
      x_muldiv_q      <= d_ctrl.mul || d_ctrl.div;
      x_branch_q      <= d_plain && d_ctrl.branch;
      x_jal_q         <= d_plain && d_ctrl.jal;
      x_jalr_q        <= d_plain && d_ctrl.jalr;
      x_load_q        <= d_plain && d_ctrl.load;
      x_store_q       <= d_plain && d_ctrl.store;
      x_mul_q         <= d_plain && d_ctrl.mul;
      x_div_q         <= d_plain && d_ctrl.div;
      x_csr_q         <= d_plain && d_ctrl.csr;
      x_csr_write_q   <= !d_instr[13] || d_instr[19:15] != 5'd0;
      x_csr_addr_q    <= d_instr[31:20];
      x_mret_q        <= d_plain && d_ctrl.mret;
      x_wfi_q         <= d_plain && d_ctrl.wfi;
      x_fencei_q      <= d_plain && d_ctrl.fencei;
      x_alone_q       <= d_plain && d_alone;
    end
  end

  logic [31:0] sum;
  logic        taken;

  rl_core_alu u_alu (
    .op_i       (x_alu_op_q),
    .right_i    (x_right_q),
    .arith_i    (x_arith_q),
    .less_i     (x_funct3_q[2]),
    .invert_i   (x_funct3_q[0]),
    .unsigned_i (x_unsigned_q),
    .a_i        (x_op_a_q),
    .b_i        (x_op_b_q),
    .result_o   (alu_result),
    .sum_o      (sum),
    .branch_o   (taken)
  );

  // Direct jumps are checked here; a wrong target of one (stale or aliased
  // entry) is rare and sent round again. A predicted jalr is checked in M.
  logic x_wrong, x_bad;
  assign x_wrong = (x_branch_q && (taken != x_pred_q)) ||
                   ((x_jal_q || x_jalr_q) && !x_pred_q);
  assign x_bad   = x_bad_q || (x_pred_q && !x_jalr_q &&
                               x_pred_target_q != x_target_q);
  assign x_redirect = x_valid_q && x_wrong && !x_redirected_q;
  assign x_redirect_addr = x_jalr_q ? sum[31:1] :
                           x_pred_q ? x_pc_next_q : x_target_q;

  // Data request.
  logic        x_misaligned, x_mem, x_go, m_busy;
  logic [31:0] w_load_q, w_load_value;
  logic [2:0]  w_funct3_q;
  logic [1:0]  w_addr_low_q;

  // The low bits of the sum by themselves: a carry chain would take longer,
  // and the request waits for the alignment check.
  logic [1:0] x_addr_low;
  assign x_addr_low[0] = x_op_a_q[0] ^ x_op_b_q[0];
  assign x_addr_low[1] = x_op_a_q[1] ^ x_op_b_q[1] ^
                         (x_op_a_q[0] && x_op_b_q[0]);

  rl_core_lsu u_lsu (
    .x_size_i       (x_funct3_q[1:0]),
    .x_addr_low_i   (x_addr_low),
    .x_data_i       (x_data_q),
    .x_misaligned_o (x_misaligned),
    .x_wstrb_o      (dmem_wstrb_o),
    .x_wdata_o      (dmem_wdata_o),
    .w_funct3_i     (w_funct3_q),
    .w_addr_low_i   (w_addr_low_q),
    .w_rdata_i      (w_load_q),
    .w_value_o      (w_load_value)
  );

  assign x_mem        = (x_load_q || x_store_q) && !x_misaligned;
  assign x_go         = x_valid_q && !m_busy && !kill_x;
  assign dmem_valid_o  = x_go && x_mem;
  assign dmem_addr_o   = sum;
  assign dmem_base_o   = x_op_a_q;
  assign dmem_offset_o = x_op_b_q;
  assign dmem_write_o  = x_store_q;

  logic        div_done;
  logic [31:0] mul_result, div_result;

  rl_core_mul u_mul (
    .clk_i,
    .en_i     (!m_busy),
    .op_i     (x_funct3_q[1:0]),
    .a_i      (x_op_a_q),
    .b_i      (x_op_b_q),
    .result_o (mul_result)
  );

  rl_core_div u_div (
    .clk_i,
    .rst_ni,
    .start_i  (x_valid_q && x_div_q),
    .abort_i  (kill_x),
    .ack_i    (x_fire),
    .op_i     (x_funct3_q[1:0]),
    .a_i      (x_op_a_q),
    .b_i      (x_op_b_q),
    .done_o   (div_done),
    .result_o (div_result)
  );

  assign x_fire  = x_go && (!x_mem || dmem_ready_i) && (!x_div_q || div_done);
  assign x_ready = !x_valid_q || x_fire;

  // ----------------------------------------------------- M: memory and commit

  logic        m_mem_q, m_load_q, m_mul_q, m_div_q, m_csr_q, m_csr_write_q;
  logic        m_mret_q, m_wfi_q, m_fencei_q, m_exc_q, m_irq_q, m_bad_q;
  logic        m_store_q, m_compressed_q, m_jalr_q, m_jalr_pred_q;
  logic        m_btb_alloc_q, m_btb_drop_q;
  logic [4:0]  m_cause_q;
  logic [2:0]  m_funct3_q;
  logic [11:0] m_csr_addr_q;
  logic [31:1] m_pc_q, m_target_q, m_pred_target_q;
  rl_core_pkg::bubble_e m_bubble_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      m_valid_q  <= 1'b0;
      m_bubble_q <= rl_core_pkg::BubFetch;
    end else if (!m_busy) begin
      m_valid_q <= x_fire;
      if (!x_valid_q) begin
        m_bubble_q <= x_bubble_q;
      end else if (kill_x) begin
        m_bubble_q <= rl_core_pkg::BubOther;
      end else if (x_div_q) begin
        m_bubble_q <= rl_core_pkg::BubMuldiv;
      end else begin
        m_bubble_q <= rl_core_pkg::BubData;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!m_busy) begin
      m_pc_q          <= x_pc_q;
      m_compressed_q  <= x_compressed_q;
      m_rd_q          <= x_rd_q;
      m_rd_we_q       <= x_rd_we_q;
      m_late_q        <= x_late_q;
      m_muldiv_q      <= x_muldiv_q;
      m_result_q      <= (x_exc_q && x_use_tval_q) ? x_tval_q :
                         x_jalr_q ? {x_pc_next_q, 1'b0} : alu_result;
      m_target_q      <= x_jalr_q ? sum[31:1] : x_target_q;
      m_pred_target_q <= x_pred_target_q;
      m_jalr_q        <= x_jalr_q;
      m_jalr_pred_q   <= x_jalr_q && x_pred_q;
      m_mem_q         <= x_mem;
      m_load_q        <= x_load_q;
      m_store_q       <= x_store_q;
      m_mul_q         <= x_mul_q;
      m_div_q         <= x_div_q;
      m_csr_q         <= x_csr_q;
      m_csr_write_q   <= x_csr_write_q;
      m_csr_addr_q    <= x_csr_addr_q;
      m_mret_q        <= x_mret_q;
      m_wfi_q         <= x_wfi_q;
      m_fencei_q      <= x_fencei_q;
      m_alone_q       <= x_alone_q;
      m_bad_q         <= x_bad;
      m_exc_q         <= x_exc_q || ((x_load_q || x_store_q) && x_misaligned);
      m_irq_q         <= x_irq_q;
      m_cause_q       <= x_load_q  ? rl_core_pkg::ExcLoadMisalign :
                         x_store_q ? rl_core_pkg::ExcStoreMisalign : x_cause_q;
      m_funct3_q      <= x_funct3_q;
      m_btb_alloc_q   <= x_wrong && (taken || !x_branch_q) && !x_bad;
      m_btb_drop_q    <= x_bad || (x_branch_q && x_wrong && !taken &&
                                     x_forward_q);
    end
  end

  logic m_done, m_data_err, m_trap, m_jalr_wrong, m_retire, m_leave;

  assign m_busy     = m_valid_q && ((m_mem_q && !dmem_rvalid_i) ||
                                    (m_wfi_q && !irq_wake));
  assign m_done     = m_valid_q && !m_busy;
  assign m_data_err = m_mem_q && dmem_err_i;
  assign m_trap     = m_done && (m_exc_q || m_data_err);
  assign m_retire   = m_done && !m_exc_q && !m_data_err && !m_bad_q;
  assign m_leave    = m_valid_q && (m_mret_q || m_fencei_q || m_bad_q);
  assign m_jalr_wrong = m_valid_q && m_jalr_pred_q &&
                        m_target_q != m_pred_target_q;

  // A predicted jalr has nothing behind it in X, so it does not hold X back.
  assign kill_x = m_leave || (m_valid_q && m_exc_q) ||
                  (m_valid_q && m_mem_q && dmem_rvalid_i && dmem_err_i);
  assign kill_d = x_redirect || trap_redirect_q || kill_x || m_jalr_wrong;

  logic [31:0] csr_rdata;
  logic [31:1] trap_target, mepc;
`ifdef RISCV_FORMAL
  logic [31:0] csr_mstatus, csr_mcause, csr_mtval;
`endif

  rl_core_csr #(
    .HartId(HartId)
  ) u_csr (
    .clk_i,
    .rst_ni,
    .csr_en_i       (m_done && m_csr_q && m_csr_write_q),
    .csr_addr_i     (m_csr_addr_q),
    .csr_op_i       (m_funct3_q[1:0]),
    .csr_wdata_i    (m_result_q),
    .csr_rdata_o    (csr_rdata),
    .retire_i       (m_retire),
    .trap_i         (m_trap),
    .trap_irq_i     (m_irq_q),
    .trap_cause_i   (!m_mem_q ? m_cause_q :
                     m_store_q ? rl_core_pkg::ExcStoreFault
                               : rl_core_pkg::ExcLoadFault),
    .trap_pc_i      (m_pc_q),
    .trap_value_i   (m_irq_q ? 32'd0 : m_result_q),
    .mret_i         (m_done && m_mret_q),
    .trap_target_o  (trap_target),
    .mepc_o         (mepc),
`ifdef RISCV_FORMAL
    .mstatus_o      (csr_mstatus),
    .mcause_o       (csr_mcause),
    .mtval_o        (csr_mtval),
`endif
    .irq_external_i,
    .irq_timer_i,
    .irq_software_i,
    .irq_pending_o  (irq_pending),
    .irq_cause_o    (irq_cause),
    .irq_wake_o     (irq_wake)
  );

  // Redirects of this stage take one more cycle, off the critical path.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      trap_redirect_q <= 1'b0;
      btb_update_q    <= 1'b0;
    end else begin
      trap_redirect_q <= kill_x || m_jalr_wrong;
      btb_update_q    <= m_done && (m_btb_alloc_q || m_btb_drop_q ||
                                    m_jalr_wrong);
    end
  end

  always_ff @(posedge clk_i) begin
    trap_redirect_other_q  <= !m_jalr_q;
    trap_redirect_fencei_q <= m_fencei_q;
    trap_redirect_addr_q   <= m_mret_q   ? mepc :
                              m_fencei_q ? m_result_q[31:1] :
                              m_bad_q    ? m_pc_q :
                              m_jalr_q   ? m_target_q : trap_target;
    btb_valid_q  <= !m_btb_drop_q;
    btb_addr_q   <= m_pc_q + {30'd0, !m_compressed_q};
    btb_target_q <= m_target_q;
  end

  assign redirect      = trap_redirect_q || x_redirect;
  assign redirect_addr = trap_redirect_q ? trap_redirect_addr_q
                                         : x_redirect_addr;

  // ------------------------------------------------------------ W: write back

  logic [31:0] w_result_q;
  logic        w_is_load_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      w_we_q    <= 1'b0;
      w_alone_q <= 1'b0;
    end else begin
      w_we_q    <= m_retire && m_rd_we_q;
      w_alone_q <= m_valid_q && m_alone_q;
    end
  end

  always_ff @(posedge clk_i) begin
    w_rd_q       <= m_rd_q;
    w_is_load_q  <= m_load_q;
    w_funct3_q   <= m_funct3_q;
    w_addr_low_q <= m_result_q[1:0];
    w_load_q     <= dmem_rdata_i;
    w_result_q   <= m_csr_q ? csr_rdata :
                    m_mul_q ? mul_result :
                    m_div_q ? div_result : m_result_q;
  end

  assign w_value = w_is_load_q ? w_load_value : w_result_q;

  // ------------------------------------------------------------- observation

  assign sleep_o = m_valid_q && m_wfi_q && !irq_wake;

  always_comb begin
    perf_o = '0;
    if (m_retire) begin
      perf_o.retire = 1'b1;
    end else if (m_valid_q) begin
      perf_o.stall_sleep = sleep_o;
      perf_o.stall_data  = m_mem_q && !dmem_rvalid_i;
      perf_o.stall_other = m_done;
    end else begin
      unique case (m_bubble_q)
        rl_core_pkg::BubFetch:    perf_o.stall_fetch    = 1'b1;
        rl_core_pkg::BubRedirect: perf_o.stall_redirect = 1'b1;
        rl_core_pkg::BubLoadUse:  perf_o.stall_load_use = 1'b1;
        rl_core_pkg::BubMuldiv:   perf_o.stall_muldiv   = 1'b1;
        rl_core_pkg::BubData:     perf_o.stall_data     = 1'b1;
        default:                  perf_o.stall_other    = 1'b1;
      endcase
    end
  end

`ifdef RISCV_FORMAL
  rl_core_rvfi u_rvfi (
    .clk_i,
    .rst_ni,
    .x_load_i      (x_ready),
    .d_insn_i      (d_compressed ? {16'd0, d_raw} : d_instr),
    .d_fault_i     (d_fault && !irq_pending),
    .d_rs1_i       ((d_plain && d_ctrl.use_rs1) ? d_instr[19:15] : 5'd0),
    .d_rs2_i       ((d_plain && d_ctrl.use_rs2) ? d_instr[24:20] : 5'd0),
    .d_rs1_value_i (d_op_a),
    .d_rs2_value_i (rs2_value),
    .m_load_i      (!m_busy),
    .x_pc_next_i   (x_jalr_q ? sum[31:1] :
                    (x_jal_q || (x_branch_q && taken)) ? x_target_q
                                                       : x_pc_next_q),
    .x_read_i      (x_load_q),
    .x_write_i     (x_store_q),
    .x_mem_addr_i  (sum[31:2]),
    .x_mem_mask_i  (dmem_wstrb_o),
    .x_mem_wdata_i (dmem_wdata_o),
    .m_done_i      (m_done),
    .m_trap_i      (m_trap),
    .m_irq_i       (m_exc_q && m_irq_q),
    .m_bad_i       (m_bad_q),
    .m_data_err_i  (m_data_err),
    .m_mret_i      (m_mret_q),
    .m_rd_we_i     (m_rd_we_q),
    .m_rd_i        (m_rd_q),
    .m_pc_i        (m_pc_q),
    .trap_target_i (trap_target),
    .mepc_i        (mepc),
    .csr_mstatus_i (csr_mstatus),
    .csr_mcause_i  (csr_mcause),
    .csr_mtval_i   (csr_mtval),
    .w_value_i     (w_value),
    .w_mem_rdata_i (w_load_q),
    .rvfi_valid,
    .rvfi_order,
    .rvfi_insn,
    .rvfi_trap,
    .rvfi_halt,
    .rvfi_intr,
    .rvfi_mode,
    .rvfi_ixl,
    .rvfi_rs1_addr,
    .rvfi_rs2_addr,
    .rvfi_rs1_rdata,
    .rvfi_rs2_rdata,
    .rvfi_rd_addr,
    .rvfi_rd_wdata,
    .rvfi_pc_rdata,
    .rvfi_pc_wdata,
    .rvfi_mem_addr,
    .rvfi_mem_rmask,
    .rvfi_mem_wmask,
    .rvfi_mem_rdata,
    .rvfi_mem_wdata,
    .rvfi_mem_fault,
    .rvfi_mem_fault_rmask,
    .rvfi_mem_fault_wmask,
    .rvfi_csr_mstatus_rmask,
    .rvfi_csr_mstatus_wmask,
    .rvfi_csr_mstatus_rdata,
    .rvfi_csr_mstatus_wdata,
    .rvfi_csr_mepc_rmask,
    .rvfi_csr_mepc_wmask,
    .rvfi_csr_mepc_rdata,
    .rvfi_csr_mepc_wdata,
    .rvfi_csr_mcause_rmask,
    .rvfi_csr_mcause_wmask,
    .rvfi_csr_mcause_rdata,
    .rvfi_csr_mcause_wdata,
    .rvfi_csr_mtval_rmask,
    .rvfi_csr_mtval_wmask,
    .rvfi_csr_mtval_rdata,
    .rvfi_csr_mtval_wdata
  );
`endif

endmodule
