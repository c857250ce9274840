// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// The core with 16 KiB of memory for code and data, to be measured: what enters is
// held in a flip-flop, and so is what leaves, so no pin is in a path. For synthesis only.
module rl_synth_core #(
  parameter int unsigned BtbIndexBits = 6   // as in ringlet_soc
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic irq_i,
  output logic out_o
);
  localparam int unsigned Bytes = 16384;

  logic        rst_nq, irq_q;
  logic        i_valid, i_rvalid_q, d_valid, d_write, d_rvalid_q, sleep;
  logic [31:0] i_addr, i_rdata, d_addr, d_wdata, d_rdata;
  logic [3:0]  d_wstrb;
  rl_core_pkg::perf_t perf;

  always_ff @(posedge clk_i) begin
    rst_nq <= rst_ni;
    irq_q  <= irq_i;
    out_o  <= ^{perf, sleep, d_valid};
  end

  always_ff @(posedge clk_i or negedge rst_nq) begin
    if (!rst_nq) begin
      i_rvalid_q <= 1'b0;
      d_rvalid_q <= 1'b0;
    end else begin
      i_rvalid_q <= i_valid;
      d_rvalid_q <= d_valid;
    end
  end

  logic [31:0] unused_base, unused_offset;
  rl_core #(
    .BtbIndexBits (BtbIndexBits)
  ) u_core (
    .clk_i,
    .rst_ni         (rst_nq),
    .imem_valid_o   (i_valid),
    .imem_ready_i   (1'b1),
    .imem_addr_o    (i_addr),
    .imem_rvalid_i  (i_rvalid_q),
    .imem_rdata_i   (i_rdata),
    .imem_err_i     (1'b0),
    .dmem_valid_o   (d_valid),
    .dmem_ready_i   (1'b1),
    .dmem_addr_o    (d_addr),
    .dmem_base_o    (unused_base),
    .dmem_offset_o  (unused_offset),
    .dmem_write_o   (d_write),
    .dmem_wstrb_o   (d_wstrb),
    .dmem_wdata_o   (d_wdata),
    .dmem_rvalid_i  (d_rvalid_q),
    .dmem_rdata_i   (d_rdata),
    .dmem_err_i     (1'b0),
    .irq_external_i (irq_q),
    .irq_timer_i    (1'b0),
    .irq_software_i (1'b0),
    .sleep_o        (sleep),
    .perf_o         (perf)
  );

  rl_ram32 #(
    .Bytes (Bytes)
  ) u_ram (
    .clk_i,
    .a_req_i   (i_valid),
    .a_addr_i  (i_addr[$clog2(Bytes)-1:2]),
    .a_rdata_o (i_rdata),
    .b_req_i   (d_valid),
    .b_we_i    (d_write),
    .b_addr_i  (d_addr[$clog2(Bytes)-1:2]),
    .b_wstrb_i (d_wstrb),
    .b_wdata_i (d_wdata),
    .b_rdata_o (d_rdata)
  );
endmodule
