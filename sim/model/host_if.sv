// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// The C side of a card: TLP streams, network streams, UART and reset, all through
// DPI-C (internal.h). Inputs of the card change right after the rising edge.
module host_if
  import rl_pkg::*;
#(
  parameter int unsigned UartDivider = 8 // cycles per bit
) (
  input  logic         clk_i,
  output logic         rst_no,

  // PCI Express.
  output logic         rx_req_valid_o,
  input  logic         rx_req_ready_i,
  output tlp_t         rx_req_o,
  output logic         rx_cpl_valid_o,
  input  logic         rx_cpl_ready_i,
  output tlp_t         rx_cpl_o,
  input  logic         tx_valid_i,
  output logic         tx_ready_o,
  // Waived: the bar field says nothing on the way out.
  // verilator lint_off UNUSEDSIGNAL
  input  tlp_t         tx_i,
  // verilator lint_on UNUSEDSIGNAL
  output logic [2:0]   tx_credit_o,

  // Network port: frames of the card, frames for the card.
  input  logic         net_tx_tvalid_i,
  output logic         net_tx_tready_o,
  input  logic [127:0] net_tx_tdata_i,
  input  logic [15:0]  net_tx_tkeep_i,
  input  logic         net_tx_tlast_i,
  input  logic         net_tx_tuser_i,
  output logic         net_rx_tvalid_o,
  input  logic         net_rx_tready_i,
  output logic [127:0] net_rx_tdata_o,
  output logic [15:0]  net_rx_tkeep_o,
  output logic         net_rx_tlast_o,
  output logic         net_rx_tuser_o,
  output logic         net_link_up_o,

  input  logic         uart_i
);
  // Once per cycle: what may happen in the next one. Bits as in internal.h.
  // req_free: the card has taken all request beats that were given out.
  import "DPI-C" function int unsigned rl_dpi_poll(input int unsigned req_free);
  // The next beat of a request (0) or completion (1).
  import "DPI-C" function void rl_dpi_rx_beat(
    input int unsigned stream,
    output bit [127:0] hdr, output bit [127:0] data, output int unsigned marks);
  // A beat that the card has sent.
  import "DPI-C" function void rl_dpi_tx_beat(
    input bit [127:0] hdr, input bit [127:0] data, input int unsigned marks);
  import "DPI-C" function void rl_dpi_net_rx_beat(
    output bit [127:0] data, output int unsigned marks);
  import "DPI-C" function void rl_dpi_net_tx_beat(
    input bit [127:0] data, input int unsigned marks);
  import "DPI-C" function void rl_dpi_uart(input int unsigned character);

  typedef enum int unsigned {
    PollReset = 0, PollReq = 1, PollCpl = 2, PollTxReady = 3, PollNetRx = 4,
    PollNetTxReady = 5, PollCredit = 6, PollLink = 9
  } poll_e;

  // Waived: words of bits, some without meaning.
  // verilator lint_off UNUSEDSIGNAL
  int unsigned poll;
  bit [127:0]  hdr, data;
  int unsigned marks;

  function automatic tlp_t beat(bit [127:0] h, bit [127:0] d, int unsigned m);
    return '{sop: m[0], eop: m[1], poison: m[2], err: m[3], bar: m[6:4],
             func: m[15:8], hdr: h, data: d};
  endfunction
  // verilator lint_on UNUSEDSIGNAL

  // A TLP that shows its first beat must have had its credit in the cycle before.
  logic       tx_wait_q, tx_bad_q, tx_first, tx_bad;
  logic [2:0] credit_q;
  logic [1:0] tx_class;
  assign tx_first = tx_valid_i && tx_i.sop && !tx_wait_q;
  always_comb begin
    if (tx_i.hdr[28:25] == 4'b0101) tx_class = 2'd2;      // Cpl, CplD
    else if (tx_i.hdr[30] || tx_i.hdr[29:28] == 2'b11) tx_class = 2'd0; // MWr, Msg
    else tx_class = 2'd1;
  end
  assign tx_bad = tx_first ? !credit_q[tx_class] : tx_bad_q;

  initial begin
    rst_no          = 1'b0;
    rx_req_valid_o  = 1'b0;
    rx_cpl_valid_o  = 1'b0;
    tx_ready_o      = 1'b0;
    tx_credit_o     = '0;
    credit_q        = '0;
    net_tx_tready_o = 1'b0;
    net_rx_tvalid_o = 1'b0;
    net_link_up_o   = 1'b0;
    tx_wait_q       = 1'b0;
    tx_bad_q        = 1'b0;
  end

  // verilator lint_off BLKSEQ
  always @(posedge clk_i) begin
    if (tx_valid_i && tx_ready_o && rst_no) begin
      rl_dpi_tx_beat(tx_i.hdr, tx_i.data,
                     {8'h0, 8'(tx_i.func), 8'h0, 3'b0, tx_bad, tx_i.err,
                      tx_i.poison, tx_i.eop, tx_i.sop});
    end
    tx_wait_q <= tx_valid_i && !tx_ready_o;
    tx_bad_q  <= tx_valid_i && !tx_ready_o && tx_bad;
    if (net_tx_tvalid_i && net_tx_tready_o && rst_no) begin
      rl_dpi_net_tx_beat(net_tx_tdata_i,
                         {14'h0, net_tx_tuser_i, net_tx_tlast_i, net_tx_tkeep_i});
    end

    poll = rl_dpi_poll({31'h0, !rx_req_valid_o || rx_req_ready_i});
    rst_no          <= poll[PollReset];
    tx_ready_o      <= poll[PollTxReady];
    credit_q        <= tx_credit_o;
    tx_credit_o     <= poll[PollCredit+:3];
    net_tx_tready_o <= poll[PollNetTxReady];
    net_link_up_o   <= poll[PollLink];

    if (!rx_req_valid_o || rx_req_ready_i) begin
      rx_req_valid_o <= poll[PollReq];
      if (poll[PollReq]) begin
        rl_dpi_rx_beat(0, hdr, data, marks);
        rx_req_o <= beat(hdr, data, marks);
      end
    end
    if (!rx_cpl_valid_o || rx_cpl_ready_i) begin
      rx_cpl_valid_o <= poll[PollCpl];
      if (poll[PollCpl]) begin
        rl_dpi_rx_beat(1, hdr, data, marks);
        rx_cpl_o <= beat(hdr, data, marks);
      end
    end
    if (!net_rx_tvalid_o || net_rx_tready_i) begin
      net_rx_tvalid_o <= poll[PollNetRx];
      if (poll[PollNetRx]) begin
        rl_dpi_net_rx_beat(data, marks);
        net_rx_tdata_o <= data;
        net_rx_tkeep_o <= marks[15:0];
        net_rx_tlast_o <= marks[16];
        net_rx_tuser_o <= marks[17];
      end
    end
    if (!poll[PollReset]) begin
      rx_req_valid_o  <= 1'b0;
      rx_cpl_valid_o  <= 1'b0;
      net_rx_tvalid_o <= 1'b0;
    end
  end
  // verilator lint_on BLKSEQ

  // UART receiver: samples the middle of each bit.
  logic [15:0] uart_div_q = '0;
  logic [3:0]  uart_bit_q = '0;
  logic [7:0]  uart_shift_q = '0;

  always @(posedge clk_i) begin
    if (uart_bit_q == 4'd0) begin
      if (rst_no && !uart_i) begin
        uart_bit_q <= 4'd9;
        uart_div_q <= 16'(UartDivider + UartDivider / 2 - 1);
      end
    end else if (uart_div_q != 16'd0) begin
      uart_div_q <= uart_div_q - 16'd1;
    end else begin
      uart_div_q   <= 16'(UartDivider - 1);
      uart_bit_q   <= uart_bit_q - 4'd1;
      uart_shift_q <= {uart_i, uart_shift_q[7:1]};
      if (uart_bit_q == 4'd1 && uart_i) rl_dpi_uart({24'h0, uart_shift_q});
    end
    if (!rst_no) uart_bit_q <= 4'd0;
  end
endmodule
