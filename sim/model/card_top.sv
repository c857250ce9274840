// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// The whole card with its core, driven from C; counts what the core does.
module card_top
  import rl_pkg::*;
(
  input logic clk_i
);
  localparam int unsigned UartDivider = 8;

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
  logic         link_up, uart, sleeping;
  logic [31:0]  scratch;
  logic [rl_regs_pkg::ERR_COUNTERS-1:0][15:0] errors;
  rl_core_pkg::perf_t perf;

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

  ringlet_soc #(.UartDivider (UartDivider)) u_soc (
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
    .perf_o          (perf),
    .sleep_o         (sleeping),
    .scratch_o       (scratch),
    .errors_o        (errors)
  );

  initial rl_dpi_scope();

  // In the order of the stall names in model.c.
  longint unsigned n_retire = 0, n_load_use = 0, n_redirect = 0, n_fetch = 0,
                   n_muldiv = 0, n_data = 0, n_sleep = 0, n_other = 0,
                   n_command = 0;

  always @(posedge clk_i) begin
    if (u_soc.u_card.u_dma.u_regs.rd_push || u_soc.u_card.u_dma.u_regs.wr_push)
      n_command <= n_command + 1;
  end

  always @(posedge clk_i) begin
    if (rst_n) begin
      if (perf.retire)              n_retire   <= n_retire + 1;
      else if (perf.stall_sleep)    n_sleep    <= n_sleep + 1;
      else if (perf.stall_load_use) n_load_use <= n_load_use + 1;
      else if (perf.stall_redirect) n_redirect <= n_redirect + 1;
      else if (perf.stall_fetch)    n_fetch    <= n_fetch + 1;
      else if (perf.stall_muldiv)   n_muldiv   <= n_muldiv + 1;
      else if (perf.stall_data)     n_data     <= n_data + 1;
      else if (perf.stall_other)    n_other    <= n_other + 1;
    end
  end

  // The core has the bus here.
  function automatic int unsigned rl_dpi_bus_rdata(input int unsigned which);
    return which;
  endfunction

  // Numbers as in enum rl_counter of model.h.
  function automatic longint unsigned rl_dpi_counter(input int unsigned which);
    if (which >= 32 && which < 32 + rl_regs_pkg::ERR_COUNTERS) return {48'h0, errors[which[3:0]]};
    case (which)
      32'd0:   return n_retire;
      32'd1:   return n_sleep;
      32'd2:   return n_load_use;
      32'd3:   return n_redirect;
      32'd4:   return n_fetch;
      32'd5:   return n_muldiv;
      32'd6:   return n_data;
      32'd7:   return n_other;
      32'd17:  return {32'h0, scratch};
      32'd19:  return {63'h0, sleeping};
      32'd20:  return 64'(u_soc.u_card.u_dma.u_regs.held_q);
      32'd21:  return 64'($countones(u_soc.u_card.u_dma.u_tags.pend_q));
      32'd22:  return n_command;
      32'd23:  return 64'($countones(u_soc.u_card.u_dma.u_tags.owned_q));
      default: return 64'h0;
    endcase
  endfunction

  // 0: instruction memory, 1: data memory, 2: time-out of the DMA engines.
  function automatic void rl_dpi_load(input int unsigned which, input int unsigned word,
                                      input int unsigned value);
    if (which == 0) u_soc.u_imem.mem[word[13:0]] = value;
    else if (which == 1) u_soc.u_dmem.mem[word[13:0]] = value;
    // Waived: between two clocks, as a debugger does.
    // verilator lint_off BLKANDNBLK
    else u_soc.u_card.u_dma.u_regs.timeout_q = value;
    // verilator lint_on BLKANDNBLK
  endfunction
endmodule
