// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// The whole card, to be measured. What enters comes from one long shift register, what
// leaves is loaded into another when `load_i` is high and shifted out else: nothing is
// optimised away, and no pin is in a path. For synthesis only.
module rl_synth_soc
  import rl_pkg::*;
(
  input  logic clk_i,
  input  logic rst_ni,
  input  logic shift_i,
  input  logic in_i,
  input  logic load_i,
  output logic out_o
);
  localparam int unsigned TlpBits = 271;
  localparam int unsigned InBits  = 2 * TlpBits + 2 + 1 + 3 + 1 + 1 + 128 + 16 + 2 + 1;
  localparam int unsigned OutBits = 2 + 1 + TlpBits + 1 + 128 + 16 + 2 + 1 + 1 + 8 + 1 + 32;

  logic [InBits-1:0]  in_q;
  logic [OutBits-1:0] out, out_q;
  logic               rst_nq, shift_q, load_q, bit_q;

  logic         rx_req_valid, rx_req_ready, rx_cpl_valid, rx_cpl_ready, tx_valid, tx_ready;
  logic [TlpBits-1:0] rx_req, rx_cpl, tx;
  logic [2:0]   tx_credit;
  logic         m_valid, m_ready, m_last, m_user, s_valid, s_ready, s_last, s_user, link;
  logic [127:0] m_data, s_data;
  logic [15:0]  m_keep, s_keep;
  logic         uart, sleep;
  logic [7:0]   perf;
  logic [31:0]  scratch;

  always_ff @(posedge clk_i) begin
    rst_nq  <= rst_ni;
    shift_q <= shift_i;
    load_q  <= load_i;
    bit_q   <= in_i;
    if (shift_q) in_q <= {in_q[InBits-2:0], bit_q};
    out_q <= load_q ? out : {out_q[OutBits-2:0], 1'b0};
    out_o <= out_q[OutBits-1];
  end

  assign {rx_req_valid, rx_req, rx_cpl_valid, rx_cpl, tx_ready, tx_credit, m_ready,
          s_valid, s_data, s_keep, s_last, s_user, link} = in_q;
  assign out = {rx_req_ready, rx_cpl_ready, tx_valid, tx, m_valid, m_data, m_keep, m_last,
                m_user, s_ready, uart, perf, sleep, scratch};

  // Code that nobody wrote would be undefined, and the core with it.
  ringlet_soc #(
    .ImemFile ("imem.hex")
  ) u_soc (
    .clk_i,
    .rst_ni          (rst_nq),
    .rx_req_valid_i  (rx_req_valid),
    .rx_req_ready_o  (rx_req_ready),
    .rx_req_i        (rx_req),
    .rx_cpl_valid_i  (rx_cpl_valid),
    .rx_cpl_ready_o  (rx_cpl_ready),
    .rx_cpl_i        (rx_cpl),
    .tx_valid_o      (tx_valid),
    .tx_ready_i      (tx_ready),
    .tx_o            (tx),
    .tx_credit_i     (tx_credit),
    .m_axis_tvalid_o (m_valid),
    .m_axis_tready_i (m_ready),
    .m_axis_tdata_o  (m_data),
    .m_axis_tkeep_o  (m_keep),
    .m_axis_tlast_o  (m_last),
    .m_axis_tuser_o  (m_user),
    .s_axis_tvalid_i (s_valid),
    .s_axis_tready_o (s_ready),
    .s_axis_tdata_i  (s_data),
    .s_axis_tkeep_i  (s_keep),
    .s_axis_tlast_i  (s_last),
    .s_axis_tuser_i  (s_user),
    .net_link_up_i   (link),
    .uart_tx_o       (uart),
    .perf_o          (perf),
    .sleep_o         (sleep),
    .scratch_o       (scratch)
  );
endmodule
