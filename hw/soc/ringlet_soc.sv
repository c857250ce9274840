// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Ringlet, vendor neutral: the card and its core with tightly coupled memories. One
// clock; every memory answers the core in the next cycle, a register in the one after.
module ringlet_soc
  import rl_pkg::*;
#(
  parameter int unsigned NumQueues   = rl_regs_pkg::NUM_QUEUES,   // 1 to 16
  parameter int unsigned NumVectors  = rl_regs_pkg::NUM_VECTORS,  // 2 to 32
  parameter int unsigned NumTags     = 32,                        // 8 to 64
  parameter int unsigned UartDivider = 1085,                      // cycles per bit
  parameter              ImemFile    = "",                        // $readmemh, empty: none
  parameter              DmemFile    = ""                         // $readmemh, empty: none
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  // PCI Express, see rl_card.
  input  logic         rx_req_valid_i,
  output logic         rx_req_ready_o,
  input  tlp_t         rx_req_i,
  input  logic         rx_cpl_valid_i,
  output logic         rx_cpl_ready_o,
  input  tlp_t         rx_cpl_i,
  output logic         tx_valid_o,
  input  logic         tx_ready_i,
  output tlp_t         tx_o,
  input  logic [2:0]   tx_credit_i,

  // Network port, AXI4-Stream: frames out, frames in.
  output logic         m_axis_tvalid_o,
  input  logic         m_axis_tready_i,
  output logic [127:0] m_axis_tdata_o,
  output logic [15:0]  m_axis_tkeep_o,
  output logic         m_axis_tlast_o,
  output logic         m_axis_tuser_o,
  input  logic         s_axis_tvalid_i,
  output logic         s_axis_tready_o,
  input  logic [127:0] s_axis_tdata_i,
  input  logic [15:0]  s_axis_tkeep_i,
  input  logic         s_axis_tlast_i,
  input  logic         s_axis_tuser_i,
  input  logic         net_link_up_i,

  output logic         uart_tx_o,

  // Observation only.
  output rl_core_pkg::perf_t perf_o,
  output logic         sleep_o,
  output logic [31:0]  scratch_o,
  output logic [rl_regs_pkg::ERR_COUNTERS-1:0][15:0] errors_o
);
  localparam int unsigned ImemBytes = rl_regs_pkg::IMEM_BYTES;
  localparam int unsigned DmemBytes = rl_regs_pkg::DMEM_BYTES;
  localparam int unsigned LmemBytes = rl_regs_pkg::LMEM_BYTES;

  // Who answers a data access of the core.
  typedef enum logic [2:0] {
    TgtNone, TgtImem, TgtDmem, TgtLmem, TgtPeriph
  } target_e;

  logic        if_valid, if_rvalid_q, if_err_q, if_hit;
  // verilator lint_off UNUSEDSIGNAL
  // Memories and registers are word-addressed: bits 1:0 say nothing here.
  logic [31:0] if_addr, d_addr, d_base, d_offset;
  // verilator lint_on UNUSEDSIGNAL
  logic [31:0] if_rdata;
  logic        d_valid, d_write, d_rvalid_q, d_err_q;
  logic [31:0] d_wdata, d_rdata;
  logic [3:0]  d_wstrb;
  target_e     target, target_q;
  logic        d_err;
  logic [31:0] imem_rdata, dmem_rdata, lmem_rdata, reg_rdata, unused_dmem_a;
  reg_req_t    reg_req, reg_req_q;
  logic        reg_read, reg_read_q;
  logic        irq, restart, core_rst_nq;

  // The core alone starts anew when its firmware gave up or hangs; its memories keep what
  // they hold.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) core_rst_nq <= 1'b0;
    else core_rst_nq <= !restart;
  end

  // 64 branch targets: the firmware's loop over a batch has about fifty.
  rl_core #(
    .ResetVector  (rl_regs_pkg::IMEM_BASE),
    .HartId       (0),
    .BtbIndexBits (6)
  ) u_core (
    .clk_i,
    .rst_ni         (core_rst_nq),
    .imem_valid_o   (if_valid),
    .imem_ready_i   (1'b1),
    .imem_addr_o    (if_addr),
    .imem_rvalid_i  (if_rvalid_q),
    .imem_rdata_i   (if_rdata),
    .imem_err_i     (if_err_q),
    .dmem_valid_o   (d_valid),
    .dmem_ready_i   (1'b1),
    .dmem_addr_o    (d_addr),
    .dmem_base_o    (d_base),
    .dmem_offset_o  (d_offset),
    .dmem_write_o   (d_write),
    .dmem_wstrb_o   (d_wstrb),
    .dmem_wdata_o   (d_wdata),
    .dmem_rvalid_i  (d_rvalid_q),
    .dmem_rdata_i   (d_rdata),
    .dmem_err_i     (d_err_q),
    .irq_external_i (irq),
    .irq_timer_i    (1'b0),
    .irq_software_i (1'b0),
    .sleep_o,
    .perf_o
  );

  // Decoding. Code cannot be overwritten; registers take whole words only; below the stack
  // nothing may be touched.
  assign if_hit = if_addr[31:$clog2(ImemBytes)] ==
                  rl_regs_pkg::IMEM_BASE[31:$clog2(ImemBytes)];

  // Each by itself, and from the addends of the address: the memories' write enables wait
  // for it.
  localparam int unsigned ImemLsb   = $clog2(ImemBytes);
  localparam int unsigned DmemLsb   = $clog2(DmemBytes);
  localparam int unsigned LmemLsb   = $clog2(LmemBytes);
  localparam int unsigned PeriphLsb = 12;
  logic        hit_imem, hit_dmem, hit_lmem, hit_periph;
  logic [31:0] d_carry; // into each bit
  assign d_carry = d_addr ^ d_base ^ d_offset;

  rl_sum_is #(
    .Width (32 - ImemLsb),
    .Value (rl_regs_pkg::IMEM_BASE[31:ImemLsb])
  ) u_is_imem (
    .a_i     (d_base[31:ImemLsb]),
    .b_i     (d_offset[31:ImemLsb]),
    .carry_i (d_carry[ImemLsb]),
    .is_o    (hit_imem)
  );

  rl_sum_is #(
    .Width (32 - DmemLsb),
    .Value (rl_regs_pkg::DMEM_BASE[31:DmemLsb])
  ) u_is_dmem (
    .a_i     (d_base[31:DmemLsb]),
    .b_i     (d_offset[31:DmemLsb]),
    .carry_i (d_carry[DmemLsb]),
    .is_o    (hit_dmem)
  );

  rl_sum_is #(
    .Width (32 - LmemLsb),
    .Value (rl_regs_pkg::LMEM_BASE[31:LmemLsb])
  ) u_is_lmem (
    .a_i     (d_base[31:LmemLsb]),
    .b_i     (d_offset[31:LmemLsb]),
    .carry_i (d_carry[LmemLsb]),
    .is_o    (hit_lmem)
  );

  rl_sum_is #(
    .Width (32 - PeriphLsb),
    .Value (rl_regs_pkg::PERIPH_BASE[31:PeriphLsb])
  ) u_is_periph (
    .a_i     (d_base[31:PeriphLsb]),
    .b_i     (d_offset[31:PeriphLsb]),
    .carry_i (d_carry[PeriphLsb]),
    .is_o    (hit_periph)
  );

  assign target = hit_imem ? TgtImem : hit_dmem ? TgtDmem : hit_lmem ? TgtLmem :
                  hit_periph ? TgtPeriph : TgtNone;

  localparam int unsigned StackAt = rl_regs_pkg::DMEM_BYTES - rl_regs_pkg::STACK_BYTES;
  localparam int unsigned GuardAt = StackAt - rl_regs_pkg::STACK_GUARD_BYTES;
  localparam int unsigned GuardLsb = $clog2(rl_regs_pkg::STACK_GUARD_BYTES);
  if (GuardAt % rl_regs_pkg::STACK_GUARD_BYTES != 0) begin : gen_guard
    $error("ringlet_soc: the stack's guard must be aligned to its size");
  end
  logic guard;
  assign guard = d_addr[$clog2(DmemBytes)-1:GuardLsb] ==
                 ($clog2(DmemBytes)-GuardLsb)'(GuardAt >> GuardLsb);

  logic part; // of a register
  assign part  = d_write && d_wstrb != 4'hF;
  assign d_err = !(hit_imem || hit_dmem || hit_lmem || hit_periph) || (hit_dmem && guard) ||
                 (d_write && hit_imem) || (hit_periph && part);

  always_ff @(posedge clk_i or negedge core_rst_nq) begin
    if (!core_rst_nq) begin
      if_rvalid_q <= 1'b0;
      if_err_q    <= 1'b0;
      d_rvalid_q  <= 1'b0;
      d_err_q     <= 1'b0;
      target_q    <= TgtNone;
      reg_read_q  <= 1'b0;
    end else begin
      reg_read_q  <= reg_read;
      if_rvalid_q <= if_valid;
      if_err_q    <= if_valid && !if_hit;
      d_rvalid_q  <= (d_valid && !reg_read) || reg_read_q;
      d_err_q     <= d_valid && d_err;
      if (d_valid) target_q <= target;
    end
  end

  always_comb begin
    unique case (target_q)
      TgtImem:   d_rdata = imem_rdata;
      TgtDmem:   d_rdata = dmem_rdata;
      TgtLmem:   d_rdata = lmem_rdata;
      TgtPeriph: d_rdata = reg_rdata;
      default:   d_rdata = '0;
    endcase
  end

  // Registers lie all over the card: they see an access one cycle later, from here. A load
  // waits for its answer; a store need not, whatever comes next comes behind it.
  assign reg_req = '{
    valid: d_valid && hit_periph && !part,
    write: d_write,
    addr:  {d_addr[11:2], 2'b00},
    wdata: d_wdata
  };
  assign reg_read = reg_req.valid && !reg_req.write;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) reg_req_q <= '0;
    else reg_req_q <= reg_req;
  end

  // A read does no harm: all memories do it, whoever is meant. Only writes wait for the
  // address to be decoded.
  rl_ram32 #(
    .Bytes    (ImemBytes),
    .InitFile (ImemFile)
  ) u_imem (
    .clk_i,
    .a_req_i   (if_valid),
    .a_addr_i  (if_addr[$clog2(ImemBytes)-1:2]),
    .a_rdata_o (if_rdata),
    .b_req_i   (d_valid),
    .b_we_i    (1'b0),
    .b_addr_i  (d_addr[$clog2(ImemBytes)-1:2]),
    .b_wstrb_i ('0),
    .b_wdata_i ('0),
    .b_rdata_o (imem_rdata)
  );

  rl_ram32 #(
    .Bytes    (DmemBytes),
    .InitFile (DmemFile)
  ) u_dmem (
    .clk_i,
    .a_req_i   (1'b0),
    .a_addr_i  ('0),
    .a_rdata_o (unused_dmem_a),
    .b_req_i   (d_valid),
    .b_we_i    (d_write && hit_dmem && !guard),
    .b_addr_i  (d_addr[$clog2(DmemBytes)-1:2]),
    .b_wstrb_i (d_wstrb),
    .b_wdata_i (d_wdata),
    .b_rdata_o (dmem_rdata)
  );

  rl_card #(
    .NumQueues   (NumQueues),
    .NumVectors  (NumVectors),
    .NumTags     (NumTags),
    .LmemBytes   (LmemBytes),
    .UartDivider (UartDivider)
  ) u_card (
    .clk_i,
    .rst_ni,
    .rx_req_valid_i,
    .rx_req_ready_o,
    .rx_req_i,
    .rx_cpl_valid_i,
    .rx_cpl_ready_o,
    .rx_cpl_i,
    .tx_valid_o,
    .tx_ready_i,
    .tx_o,
    .tx_credit_i,
    .m_axis_tvalid_o,
    .m_axis_tready_i,
    .m_axis_tdata_o,
    .m_axis_tkeep_o,
    .m_axis_tlast_o,
    .m_axis_tuser_o,
    .s_axis_tvalid_i,
    .s_axis_tready_o,
    .s_axis_tdata_i,
    .s_axis_tkeep_i,
    .s_axis_tlast_i,
    .s_axis_tuser_i,
    .net_link_up_i,
    .uart_tx_o,
    .reg_i        (reg_req_q),
    .reg_rdata_o  (reg_rdata),
    .lmem_req_i   (d_valid),
    .lmem_we_i    (d_write && hit_lmem),
    .lmem_addr_i  (d_addr[$clog2(LmemBytes)-1:2]),
    .lmem_wstrb_i (d_wstrb),
    .lmem_wdata_i (d_wdata),
    .lmem_rdata_o (lmem_rdata),
    .irq_o        (irq),
    .restart_o    (restart),
    .scratch_o,
    .errors_o
  );
endmodule
