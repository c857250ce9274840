// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// RVFI: carries what the retirement port shows beside the pipeline. Built
// only with RISCV_FORMAL defined; it drives nothing of the core.
// Timing: an instruction that commits in M is shown in the next cycle.
// Memory accesses are reported by aligned word (RISCV_FORMAL_ALIGNED_MEM), access
// faults apart (RISCV_FORMAL_MEM_FAULT). CSRs are shown as they were and as they
// have become, whatever the instruction.

module rl_core_rvfi (
  input  logic        clk_i,
  input  logic        rst_ni,

  // decode stage, taken over with x_load_i
  input  logic        x_load_i,
  input  logic [31:0] d_insn_i,
  input  logic        d_fault_i,       // could not be fetched
  input  logic [4:0]  d_rs1_i,         // 0 when not read
  input  logic [4:0]  d_rs2_i,
  input  logic [31:0] d_rs1_value_i,
  input  logic [31:0] d_rs2_value_i,

  // execute stage, taken over with m_load_i
  input  logic        m_load_i,
  input  logic [31:1] x_pc_next_i,     // with the outcome of a jump
  input  logic        x_read_i,
  input  logic        x_write_i,
  input  logic [31:2] x_mem_addr_i,
  input  logic [3:0]  x_mem_mask_i,
  input  logic [31:0] x_mem_wdata_i,

  // commit stage
  input  logic        m_done_i,
  input  logic        m_trap_i,        // exception or interrupt
  input  logic        m_irq_i,         // interrupt: no instruction
  input  logic        m_bad_i,         // fetched again: no instruction
  input  logic        m_data_err_i,    // access fault of a load or store
  input  logic        m_mret_i,
  input  logic        m_rd_we_i,
  input  logic [4:0]  m_rd_i,
  input  logic [31:1] m_pc_i,
  input  logic [31:1] trap_target_i,
  input  logic [31:1] mepc_i,
  input  logic [31:0] csr_mstatus_i,
  input  logic [31:0] csr_mcause_i,
  input  logic [31:0] csr_mtval_i,

  // write-back stage
  input  logic [31:0] w_value_i,
  input  logic [31:0] w_mem_rdata_i,

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
  output logic [31:0] rvfi_csr_mtval_wdata
);

  logic [31:0] x_insn_q, x_rs1_value_q, x_rs2_value_q;
  logic [4:0]  x_rs1_q, x_rs2_q;
  logic        x_fault_q;
  always_ff @(posedge clk_i) begin
    if (x_load_i) begin
      x_insn_q      <= d_fault_i ? 32'd0 : d_insn_i;
      x_fault_q     <= d_fault_i;
      x_rs1_q       <= d_rs1_i;
      x_rs2_q       <= d_rs2_i;
      x_rs1_value_q <= d_rs1_i == 5'd0 ? 32'd0 : d_rs1_value_i;
      x_rs2_value_q <= d_rs2_i == 5'd0 ? 32'd0 : d_rs2_value_i;
    end
  end

  logic [31:0] m_insn_q, m_rs1_value_q, m_rs2_value_q, m_mem_wdata_q;
  logic [4:0]  m_rs1_q, m_rs2_q;
  logic [31:1] m_pc_next_q;
  logic [31:2] m_mem_addr_q;
  logic [3:0]  m_rmask_q, m_wmask_q;
  logic        m_fault_q;
  always_ff @(posedge clk_i) begin
    if (m_load_i) begin
      m_insn_q      <= x_insn_q;
      m_fault_q     <= x_fault_q;
      m_rs1_q       <= x_rs1_q;
      m_rs2_q       <= x_rs2_q;
      m_rs1_value_q <= x_rs1_value_q;
      m_rs2_value_q <= x_rs2_value_q;
      m_pc_next_q   <= x_pc_next_i;
      m_mem_addr_q  <= x_mem_addr_i;
      m_mem_wdata_q <= x_mem_wdata_i;
      m_rmask_q     <= x_mem_mask_i & {4{x_read_i}};
      m_wmask_q     <= x_mem_mask_i & {4{x_write_i}};
    end
  end

  logic        valid_q, after_trap_q, show;
  logic [63:0] order_q;
  assign show = m_done_i && !m_bad_i && !m_irq_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q      <= 1'b0;
      after_trap_q <= 1'b0;
      order_q      <= '0;
    end else begin
      valid_q <= show;
      order_q <= order_q + {63'd0, valid_q};
      if (m_done_i && !m_bad_i) begin
        after_trap_q <= m_trap_i;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    rvfi_insn      <= m_insn_q;
    rvfi_trap      <= m_trap_i;
    rvfi_intr      <= after_trap_q;
    rvfi_rs1_addr  <= m_rs1_q;
    rvfi_rs2_addr  <= m_rs2_q;
    rvfi_rs1_rdata <= m_rs1_value_q;
    rvfi_rs2_rdata <= m_rs2_value_q;
    rvfi_rd_addr   <= (m_rd_we_i && !m_trap_i) ? m_rd_i : 5'd0;
    rvfi_pc_rdata  <= {m_pc_i, 1'b0};
    rvfi_pc_wdata  <= {m_trap_i ? trap_target_i :
                       m_mret_i ? mepc_i : m_pc_next_q, 1'b0};
    rvfi_mem_addr  <= {m_mem_addr_q, 2'b00};
    rvfi_mem_rmask <= m_trap_i ? 4'd0 : m_rmask_q;
    rvfi_mem_wmask <= m_trap_i ? 4'd0 : m_wmask_q;
    rvfi_mem_wdata <= m_mem_wdata_q;
    rvfi_mem_fault       <= m_trap_i && (m_fault_q || m_data_err_i);
    rvfi_mem_fault_rmask <= m_data_err_i ? m_rmask_q : 4'd0;
    rvfi_mem_fault_wmask <= m_data_err_i ? m_wmask_q : 4'd0;
    rvfi_csr_mstatus_rdata <= csr_mstatus_i;
    rvfi_csr_mepc_rdata    <= {mepc_i, 1'b0};
    rvfi_csr_mcause_rdata  <= csr_mcause_i;
    rvfi_csr_mtval_rdata   <= csr_mtval_i;
  end

  // In the cycle behind the commit the registers hold what it left.
  assign rvfi_csr_mstatus_wdata = csr_mstatus_i;
  assign rvfi_csr_mepc_wdata    = {mepc_i, 1'b0};
  assign rvfi_csr_mcause_wdata  = csr_mcause_i;
  assign rvfi_csr_mtval_wdata   = csr_mtval_i;
  assign rvfi_csr_mstatus_rmask = '1;
  assign rvfi_csr_mstatus_wmask = '1;
  assign rvfi_csr_mepc_rmask    = '1;
  assign rvfi_csr_mepc_wmask    = '1;
  assign rvfi_csr_mcause_rmask  = '1;
  assign rvfi_csr_mcause_wmask  = '1;
  assign rvfi_csr_mtval_rmask   = '1;
  assign rvfi_csr_mtval_wmask   = '1;

  assign rvfi_valid     = valid_q;
  assign rvfi_order     = order_q;
  assign rvfi_halt      = 1'b0;
  assign rvfi_mode      = 2'd3;
  assign rvfi_ixl       = 2'd1;
  assign rvfi_rd_wdata  = rvfi_rd_addr == 5'd0 ? 32'd0 : w_value_i;
  assign rvfi_mem_rdata = w_mem_rdata_i;

endmodule
