// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// The card without its core, for module tests: C drives the peripheral bus and the
// core side of local memory. A register write is seen one cycle after the step that
// asked for it, a read is answered in the cycle after.
module bench_top
  import rl_pkg::*;
#(
  parameter int unsigned NumTags = 32
) (
  input logic clk_i
);
  localparam int unsigned UartDivider = 8;

  // Bit 0: register access; bit 1: local memory access; bit 2: write; bits 11:8 strobes.
  import "DPI-C" function int unsigned rl_dpi_bus_poll(
    output int unsigned addr, output int unsigned wdata);
  import "DPI-C" context function void rl_dpi_scope();
  export "DPI-C" function rl_dpi_bus_rdata;
  export "DPI-C" function rl_dpi_counter;
  export "DPI-C" function rl_dpi_load;

  // Waived: what C says about reset is a register.
  // verilator lint_off SYNCASYNCNET
  logic         rst_n;
  // verilator lint_on SYNCASYNCNET
  logic         rx_req_valid, rx_req_ready, rx_cpl_valid, rx_cpl_ready;
  tlp_t         rx_req, rx_cpl, tx;
  logic         tx_valid, tx_ready;
  logic [2:0]   tx_credit;
  logic         ntx_tvalid, ntx_tready, ntx_tlast, ntx_tuser;
  logic [127:0] ntx_tdata;
  logic [15:0]  ntx_tkeep;
  logic         nrx_tvalid, nrx_tready, nrx_tlast, nrx_tuser;
  logic [127:0] nrx_tdata;
  logic [15:0]  nrx_tkeep;
  logic         link_up, uart, irq;
  logic [31:0]  scratch, reg_rdata, lmem_rdata;
  logic [rl_regs_pkg::ERR_COUNTERS-1:0][15:0] errors;
  reg_req_t     reg_req = '0;
  logic         lmem_req = 1'b0, lmem_we;
  logic [13:0]  lmem_addr;
  logic [3:0]   lmem_wstrb;
  logic [31:0]  lmem_wdata;

  host_if #(.UartDivider (UartDivider)) u_host (
    .clk_i,
    .rst_no          (rst_n),
    .rx_req_valid_o  (rx_req_valid),
    .rx_req_ready_i  (rx_req_ready),
    .rx_req_o        (rx_req),
    .rx_cpl_valid_o  (rx_cpl_valid),
    .rx_cpl_ready_i  (rx_cpl_ready),
    .rx_cpl_o        (rx_cpl),
    .tx_valid_i      (tx_valid),
    .tx_ready_o      (tx_ready),
    .tx_i            (tx),
    .tx_credit_o     (tx_credit),
    .net_tx_tvalid_i (ntx_tvalid),
    .net_tx_tready_o (ntx_tready),
    .net_tx_tdata_i  (ntx_tdata),
    .net_tx_tkeep_i  (ntx_tkeep),
    .net_tx_tlast_i  (ntx_tlast),
    .net_tx_tuser_i  (ntx_tuser),
    .net_rx_tvalid_o (nrx_tvalid),
    .net_rx_tready_i (nrx_tready),
    .net_rx_tdata_o  (nrx_tdata),
    .net_rx_tkeep_o  (nrx_tkeep),
    .net_rx_tlast_o  (nrx_tlast),
    .net_rx_tuser_o  (nrx_tuser),
    .net_link_up_o   (link_up),
    .uart_i          (uart)
  );

  rl_card #(.NumTags (NumTags), .UartDivider (UartDivider)) u_card (
    .clk_i,
    .rst_ni          (rst_n),
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
    .m_axis_tvalid_o (ntx_tvalid),
    .m_axis_tready_i (ntx_tready),
    .m_axis_tdata_o  (ntx_tdata),
    .m_axis_tkeep_o  (ntx_tkeep),
    .m_axis_tlast_o  (ntx_tlast),
    .m_axis_tuser_o  (ntx_tuser),
    .s_axis_tvalid_i (nrx_tvalid),
    .s_axis_tready_o (nrx_tready),
    .s_axis_tdata_i  (nrx_tdata),
    .s_axis_tkeep_i  (nrx_tkeep),
    .s_axis_tlast_i  (nrx_tlast),
    .s_axis_tuser_i  (nrx_tuser),
    .net_link_up_i   (link_up),
    .uart_tx_o       (uart),
    .reg_i           (reg_req),
    .reg_rdata_o     (reg_rdata),
    .lmem_req_i      (lmem_req),
    .lmem_we_i       (lmem_we),
    .lmem_addr_i     (lmem_addr),
    .lmem_wstrb_i    (lmem_wstrb),
    .lmem_wdata_i    (lmem_wdata),
    .lmem_rdata_o    (lmem_rdata),
    .irq_o           (irq),
    .restart_o       (),
    .scratch_o       (scratch),
    .errors_o        (errors)
  );

  initial rl_dpi_scope();

  // Waived: offsets are shorter than words.
  // verilator lint_off UNUSEDSIGNAL
  int unsigned what, addr, wdata;
  // verilator lint_on UNUSEDSIGNAL
  // verilator lint_off BLKSEQ
  always @(posedge clk_i) begin
    what = rl_dpi_bus_poll(addr, wdata);
    reg_req  <= '{valid: what[0], write: what[2], addr: addr[11:0], wdata: wdata};
    lmem_req <= what[1];
    if (what[1]) begin
      lmem_we    <= what[2];
      lmem_addr  <= addr[15:2];
      lmem_wstrb <= what[11:8];
      lmem_wdata <= wdata;
    end
  end
  // verilator lint_on BLKSEQ

  // 0: register, 1: local memory.
  function automatic int unsigned rl_dpi_bus_rdata(input int unsigned which);
    return which == 0 ? reg_rdata : lmem_rdata;
  endfunction

  // Numbers as in enum rl_counter of model.h.
  function automatic longint unsigned rl_dpi_counter(input int unsigned which);
    if (which >= 32 && which < 32 + rl_regs_pkg::ERR_COUNTERS) return {48'h0, errors[which[3:0]]};
    case (which)
      32'd17:  return {32'h0, scratch};
      32'd18:  return {63'h0, irq};
      default: return 64'h0;
    endcase
  endfunction

  // No core, nothing to load.
  function automatic void rl_dpi_load(input int unsigned which, input int unsigned word,
                                      input int unsigned value);
    if (which > 1 && word == 0 && value == 0) $display("bench_top has no such memory");
  endfunction
endmodule
