// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Machine-mode CSRs, trap entry and return, interrupt arbitration.
// Timing: CSR instructions run alone in the commit stage, so that reads need
// no forwarding. Interrupt lines are registered; a change of a line or of an
// enable bit is seen in irq_pending_o two cycles later.

module rl_core_csr #(
  parameter logic [31:0] HartId = 32'd0
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  // CSR access; the decoder has checked that it is legal
  input  logic        csr_en_i,      // the instruction commits in this cycle
  input  logic [11:0] csr_addr_i,
  input  logic [1:0]  csr_op_i,      // funct3[1:0]: 1 write, 2 set, 3 clear
  input  logic [31:0] csr_wdata_i,
  output logic [31:0] csr_rdata_o,

  // commit events, at most one of them in a cycle
  input  logic        retire_i,
  input  logic        trap_i,
  input  logic        trap_irq_i,    // interrupt, not exception
  input  logic [4:0]  trap_cause_i,
  input  logic [31:1] trap_pc_i,
  input  logic [31:0] trap_value_i,
  input  logic        mret_i,
  output logic [31:1] trap_target_o, // handler for the trap inputs
  output logic [31:1] mepc_o,
`ifdef RISCV_FORMAL
  output logic [31:0] mstatus_o,
  output logic [31:0] mcause_o,
  output logic [31:0] mtval_o,
`endif

  // interrupts
  input  logic        irq_external_i,
  input  logic        irq_timer_i,
  input  logic        irq_software_i,
  output logic        irq_pending_o, // enabled and waiting
  output logic [4:0]  irq_cause_o,
  output logic        irq_wake_o     // waiting, mstatus.MIE disregarded
);

  localparam logic [31:0] Misa = 32'h4000_1104;  // RV32IMC

  logic        mie_q, mpie_q;                    // mstatus
  logic        meie_q, mtie_q, msie_q;           // mie
  logic        meip_q, mtip_q, msip_q;           // mip
  logic [31:2] mtvec_q;
  logic        vectored_q;
  logic [31:0] mscratch_q, mtval_q;
  logic [31:1] mepc_q;
  logic        cause_irq_q;
  logic [4:0]  cause_q;
  logic [63:0] mcycle_q, minstret_q;
  logic        inhibit_cycle_q, inhibit_instret_q;

  logic [31:0] rdata, wdata;
  logic        pending_q, wake_q;
  logic [4:0]  pending_cause_q;

  logic [31:0] mstatus, mcause;
  assign mstatus = {19'd0, 2'b11, 3'd0, mpie_q, 3'd0, mie_q, 3'd0};
  assign mcause  = {cause_irq_q, 26'd0, cause_q};

  always_comb begin
    unique case (csr_addr_i)
      rl_core_pkg::CsrMstatus: rdata = mstatus;
      rl_core_pkg::CsrMisa: rdata = Misa;
      rl_core_pkg::CsrMie:
        rdata = {20'd0, meie_q, 3'd0, mtie_q, 3'd0, msie_q, 3'd0};
      rl_core_pkg::CsrMip:
        rdata = {20'd0, meip_q, 3'd0, mtip_q, 3'd0, msip_q, 3'd0};
      rl_core_pkg::CsrMtvec:    rdata = {mtvec_q, 1'b0, vectored_q};
      rl_core_pkg::CsrMscratch: rdata = mscratch_q;
      rl_core_pkg::CsrMepc:     rdata = {mepc_q, 1'b0};
      rl_core_pkg::CsrMcause:   rdata = mcause;
      rl_core_pkg::CsrMtval:    rdata = mtval_q;
      rl_core_pkg::CsrMcountinhibit:
        rdata = {29'd0, inhibit_instret_q, 1'b0, inhibit_cycle_q};
      rl_core_pkg::CsrMcycle, rl_core_pkg::CsrCycle: rdata = mcycle_q[31:0];
      rl_core_pkg::CsrMcycleh, rl_core_pkg::CsrCycleh:
        rdata = mcycle_q[63:32];
      rl_core_pkg::CsrMinstret, rl_core_pkg::CsrInstret:
        rdata = minstret_q[31:0];
      rl_core_pkg::CsrMinstreth, rl_core_pkg::CsrInstreth:
        rdata = minstret_q[63:32];
      rl_core_pkg::CsrMhartid: rdata = HartId;
      default: rdata = 32'd0;
    endcase
  end
  assign csr_rdata_o = rdata;

  always_comb begin
    unique case (csr_op_i)
      2'd2:    wdata = rdata | csr_wdata_i;
      2'd3:    wdata = rdata & ~csr_wdata_i;
      default: wdata = csr_wdata_i;
    endcase
  end

  // Trap state. A trap and a CSR access exclude one another.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      mie_q       <= 1'b0;
      mpie_q      <= 1'b0;
      mepc_q      <= '0;
      cause_irq_q <= 1'b0;
      cause_q     <= '0;
      mtval_q     <= '0;
    end else if (trap_i) begin
      mie_q       <= 1'b0;
      mpie_q      <= mie_q;
      mepc_q      <= trap_pc_i;
      cause_irq_q <= trap_irq_i;
      cause_q     <= trap_cause_i;
      mtval_q     <= trap_value_i;
    end else if (mret_i) begin
      mie_q       <= mpie_q;
      mpie_q      <= 1'b1;
    end else if (csr_en_i) begin
      unique case (csr_addr_i)
        rl_core_pkg::CsrMstatus: begin
          mie_q  <= wdata[3];
          mpie_q <= wdata[7];
        end
        rl_core_pkg::CsrMepc: mepc_q <= wdata[31:1];
        rl_core_pkg::CsrMcause: begin
          cause_irq_q <= wdata[31];
          cause_q     <= wdata[4:0];
        end
        rl_core_pkg::CsrMtval: mtval_q <= wdata;
        default: ;
      endcase
    end
  end

  // Plain registers.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {meie_q, mtie_q, msie_q} <= '0;
      mtvec_q           <= '0;
      vectored_q        <= 1'b0;
      mscratch_q        <= '0;
      inhibit_cycle_q   <= 1'b0;
      inhibit_instret_q <= 1'b0;
    end else if (csr_en_i) begin
      unique case (csr_addr_i)
        rl_core_pkg::CsrMie:
          {meie_q, mtie_q, msie_q} <= {wdata[11], wdata[7], wdata[3]};
        rl_core_pkg::CsrMtvec: begin
          mtvec_q    <= wdata[31:2];
          vectored_q <= wdata[0];
        end
        rl_core_pkg::CsrMscratch: mscratch_q <= wdata;
        rl_core_pkg::CsrMcountinhibit:
          {inhibit_instret_q, inhibit_cycle_q} <= {wdata[2], wdata[0]};
        default: ;
      endcase
    end
  end

  // Counters. A write wins over the step of the same cycle, so the writing
  // instruction itself is not counted.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      mcycle_q   <= '0;
      minstret_q <= '0;
    end else begin
      if (!inhibit_cycle_q) begin
        mcycle_q <= mcycle_q + 64'd1;
      end
      if (retire_i && !inhibit_instret_q) begin
        minstret_q <= minstret_q + 64'd1;
      end
      if (csr_en_i) begin
        unique case (csr_addr_i)
          rl_core_pkg::CsrMcycle:    mcycle_q   <= {mcycle_q[63:32], wdata};
          rl_core_pkg::CsrMcycleh:   mcycle_q   <= {wdata, mcycle_q[31:0]};
          rl_core_pkg::CsrMinstret:  minstret_q <= {minstret_q[63:32], wdata};
          rl_core_pkg::CsrMinstreth: minstret_q <= {wdata, minstret_q[31:0]};
          default: ;
        endcase
      end
    end
  end

  // Interrupts, by the specification's priority.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {meip_q, mtip_q, msip_q} <= '0;
      pending_q       <= 1'b0;
      pending_cause_q <= '0;
      wake_q          <= 1'b0;
    end else begin
      {meip_q, mtip_q, msip_q} <= {irq_external_i, irq_timer_i, irq_software_i};
      wake_q    <= (meip_q && meie_q) || (mtip_q && mtie_q) ||
                   (msip_q && msie_q);
      pending_q <= mie_q && ((meip_q && meie_q) || (mtip_q && mtie_q) ||
                             (msip_q && msie_q));
      if (meip_q && meie_q) begin
        pending_cause_q <= rl_core_pkg::IrqExternal;
      end else if (msip_q && msie_q) begin
        pending_cause_q <= rl_core_pkg::IrqSoftware;
      end else begin
        pending_cause_q <= rl_core_pkg::IrqTimer;
      end
    end
  end
  assign irq_pending_o = pending_q;
  assign irq_cause_o   = pending_cause_q;
  assign irq_wake_o    = wake_q;

  // Interrupts are spread over a table when mtvec says so.
  logic [31:2] vector;
  assign vector = mtvec_q + ((vectored_q && trap_irq_i) ? {25'd0, trap_cause_i}
                                                        : 30'd0);
  assign trap_target_o = {vector, 1'b0};
  assign mepc_o        = mepc_q;

`ifdef RISCV_FORMAL
  assign mstatus_o = mstatus;
  assign mcause_o  = mcause;
  assign mtval_o   = mtval_q;
`endif

endmodule
