// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// The whole card but its core: endpoint, DMA engines, network port, local and device
// memory, system registers. The core (or a testbench in its place) drives the
// peripheral bus and the core side of local memory.
module rl_card
  import rl_pkg::*;
#(
  parameter int unsigned NumQueues   = rl_regs_pkg::NUM_QUEUES,   // 1 to 16
  parameter int unsigned NumVectors  = rl_regs_pkg::NUM_VECTORS,  // 2 to 32
  parameter int unsigned NumTags     = 32,                        // 8 to 64
  parameter int unsigned LmemBytes   = rl_regs_pkg::LMEM_BYTES,   // power of two
  parameter int unsigned DevmemBytes = rl_regs_pkg::DEVMEM_BYTES, // power of two, 4096 to 131072
  parameter int unsigned UartDivider = 1085                       // cycles per bit
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  // PCI Express: requests of the host, completions for us, everything we send.
  // A TLP of a class shows in the cycle after it was chosen with its credit:
  // {completion, non-posted, posted}; see hw/pcie/README.md.
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

  // Core side: peripheral bus, local memory (32-bit words), interrupt, a pulse that asks for
  // a reset of the core, debug word.
  input  reg_req_t     reg_i,
  output logic [31:0]  reg_rdata_o,
  input  logic         lmem_req_i,
  input  logic         lmem_we_i,
  input  logic [$clog2(LmemBytes)-3:0] lmem_addr_i,
  input  logic [3:0]   lmem_wstrb_i,
  input  logic [31:0]  lmem_wdata_i,
  output logic [31:0]  lmem_rdata_o,
  output logic         irq_o,
  output logic         restart_o,
  output logic [31:0]  scratch_o,

  // Observation only: see rl_errors.
  output logic [rl_regs_pkg::ERR_COUNTERS-1:0][15:0] errors_o
);
  localparam int unsigned LmemAw   = $clog2(LmemBytes) - 4;
  localparam int unsigned DevmemAw = $clog2(DevmemBytes) - 4;

  logic [31:0] rdata_sys, rdata_pcie, rdata_dma, rdata_net, rdata_errors;
  pcie_err_t   pcie_err;
  dma_err_t    dma_err;
  logic        event_cpl, event_doorbell, event_netrx, event_mbox, event_pcie;

  pcie_cfg_t   cfg;
  logic        p_valid, p_ready, np_valid, np_ready, np_dropped, np_pending;
  tlp_t        p_tlp, np_tlp;
  logic [15:0] posted_pushed, posted_done;
  logic        msix_req, msix_send, msix_unmasked_valid, msix_unmasked_ready;
  logic [15:0] msix_vector, msix_unmasked_vector;
  logic [63:0] msix_addr;
  logic [31:0] msix_data;

  logic                lm_req, lm_we;
  logic [LmemAw-1:0]   lm_addr;
  logic [15:0]         lm_wstrb;
  logic [127:0]        lm_wdata, lm_rdata;
  logic                dh_req, dh_we, dd_req, dd_we;
  logic [DevmemAw-1:0] dh_addr, dd_addr;
  logic [15:0]         dh_wstrb, dd_wstrb;
  logic [127:0]        dh_wdata, dh_rdata, dd_wdata, dd_rdata;

  logic         rx_tvalid, rx_tready, rx_tlast;
  logic [127:0] rx_tdata;
  logic [15:0]  rx_tkeep;

  assign reg_rdata_o = rdata_sys | rdata_pcie | rdata_dma | rdata_net | rdata_errors;

  rl_sysregs #(
    .NumQueues   (NumQueues),
    .NumVectors  (NumVectors),
    .UartDivider (UartDivider)
  ) u_sysregs (
    .clk_i,
    .rst_ni,
    .reg_i,
    .reg_rdata_o      (rdata_sys),
    .event_cpl_i      (event_cpl),
    .event_doorbell_i (event_doorbell),
    .event_netrx_i    (event_netrx),
    .event_mbox_i     (event_mbox),
    .event_pcie_i     (event_pcie),
    .irq_o,
    .restart_o,
    .net_link_up_i,
    .uart_tx_o,
    .scratch_o
  );

  rl_errors u_errors (
    .clk_i,
    .rst_ni,
    .pcie_i      (pcie_err),
    .dma_i       (dma_err),
    .restart_i   (restart_o),
    .reg_i,
    .reg_rdata_o (rdata_errors),
    .counts_o    (errors_o)
  );

  rl_pcie #(
    .NumQueues   (NumQueues),
    .NumVectors  (NumVectors),
    .DevmemBytes (DevmemBytes)
  ) u_pcie (
    .clk_i,
    .rst_ni,
    .rx_req_valid_i,
    .rx_req_ready_o,
    .rx_req_i,
    .tx_valid_o,
    .tx_ready_i,
    .tx_o,
    .tx_credit_i,
    .reg_i,
    .reg_rdata_o            (rdata_pcie),
    .event_mbox_o           (event_mbox),
    .event_doorbell_o       (event_doorbell),
    .event_pcie_o           (event_pcie),
    .cfg_o                  (cfg),
    .p_valid_i              (p_valid),
    .p_ready_o              (p_ready),
    .p_i                    (p_tlp),
    .np_valid_i             (np_valid),
    .np_ready_o             (np_ready),
    .np_i                   (np_tlp),
    .np_dropped_o           (np_dropped),
    .np_pending_i           (np_pending),
    .dma_err_i              (dma_err),
    .err_o                  (pcie_err),
    .posted_pushed_i        (posted_pushed),
    .posted_done_i          (posted_done),
    .msix_req_i             (msix_req),
    .msix_vector_i          (msix_vector),
    .msix_send_o            (msix_send),
    .msix_addr_o            (msix_addr),
    .msix_data_o            (msix_data),
    .msix_unmasked_valid_o  (msix_unmasked_valid),
    .msix_unmasked_vector_o (msix_unmasked_vector),
    .msix_unmasked_ready_i  (msix_unmasked_ready),
    .devmem_req_o           (dh_req),
    .devmem_we_o            (dh_we),
    .devmem_addr_o          (dh_addr),
    .devmem_wstrb_o         (dh_wstrb),
    .devmem_wdata_o         (dh_wdata),
    .devmem_rdata_i         (dh_rdata)
  );

  rl_dma #(
    .NumQueues   (NumQueues),
    .NumTags     (NumTags),
    .CmdDepth    (rl_regs_pkg::CMD_DEPTH),
    .LmemBytes   (LmemBytes),
    .DevmemBytes (DevmemBytes)
  ) u_dma (
    .clk_i,
    .rst_ni,
    .reg_i,
    .reg_rdata_o            (rdata_dma),
    .event_cpl_o            (event_cpl),
    .cfg_i                  (cfg),
    .p_valid_o              (p_valid),
    .p_ready_i              (p_ready),
    .p_o                    (p_tlp),
    .np_valid_o             (np_valid),
    .np_ready_i             (np_ready),
    .np_o                   (np_tlp),
    .np_dropped_i           (np_dropped),
    .err_o                  (dma_err),
    .np_pending_o           (np_pending),
    .posted_pushed_o        (posted_pushed),
    .posted_done_o          (posted_done),
    .msix_req_o             (msix_req),
    .msix_vector_o          (msix_vector),
    .msix_send_i            (msix_send),
    .msix_addr_i            (msix_addr),
    .msix_data_i            (msix_data),
    .msix_unmasked_valid_i  (msix_unmasked_valid),
    .msix_unmasked_vector_i (msix_unmasked_vector),
    .msix_unmasked_ready_o  (msix_unmasked_ready),
    .rx_cpl_valid_i,
    .rx_cpl_ready_o,
    .rx_cpl_i,
    .lmem_req_o             (lm_req),
    .lmem_we_o              (lm_we),
    .lmem_addr_o            (lm_addr),
    .lmem_wstrb_o           (lm_wstrb),
    .lmem_wdata_o           (lm_wdata),
    .lmem_rdata_i           (lm_rdata),
    .devmem_req_o           (dd_req),
    .devmem_we_o            (dd_we),
    .devmem_addr_o          (dd_addr),
    .devmem_wstrb_o         (dd_wstrb),
    .devmem_wdata_o         (dd_wdata),
    .devmem_rdata_i         (dd_rdata),
    .m_axis_tvalid_o,
    .m_axis_tready_i,
    .m_axis_tdata_o,
    .m_axis_tkeep_o,
    .m_axis_tlast_o,
    .m_axis_tuser_o,
    .s_axis_tvalid_i        (rx_tvalid),
    .s_axis_tready_o        (rx_tready),
    .s_axis_tdata_i         (rx_tdata),
    .s_axis_tkeep_i         (rx_tkeep),
    .s_axis_tlast_i         (rx_tlast)
  );

  rl_net_rx #(
    .MaxFrame (rl_regs_pkg::MAX_FRAME)
  ) u_net_rx (
    .clk_i,
    .rst_ni,
    .s_axis_tvalid_i,
    .s_axis_tready_o,
    .s_axis_tdata_i,
    .s_axis_tkeep_i,
    .s_axis_tlast_i,
    .s_axis_tuser_i,
    .m_axis_tvalid_o (rx_tvalid),
    .m_axis_tready_i (rx_tready),
    .m_axis_tdata_o  (rx_tdata),
    .m_axis_tkeep_o  (rx_tkeep),
    .m_axis_tlast_o  (rx_tlast),
    .reg_i,
    .reg_rdata_o     (rdata_net),
    .event_netrx_o   (event_netrx)
  );

  rl_lmem #(
    .Bytes (LmemBytes)
  ) u_lmem (
    .clk_i,
    .core_req_i   (lmem_req_i),
    .core_we_i    (lmem_we_i),
    .core_addr_i  (lmem_addr_i),
    .core_wstrb_i (lmem_wstrb_i),
    .core_wdata_i (lmem_wdata_i),
    .core_rdata_o (lmem_rdata_o),
    .dma_req_i    (lm_req),
    .dma_we_i     (lm_we),
    .dma_addr_i   (lm_addr),
    .dma_wstrb_i  (lm_wstrb),
    .dma_wdata_i  (lm_wdata),
    .dma_rdata_o  (lm_rdata)
  );

  rl_dpram #(
    .Width (128),
    .Depth (DevmemBytes / 16)
  ) u_devmem (
    .clk_i,
    .a_req_i   (dh_req),
    .a_we_i    (dh_we),
    .a_addr_i  (dh_addr),
    .a_wstrb_i (dh_wstrb),
    .a_wdata_i (dh_wdata),
    .a_rdata_o (dh_rdata),
    .b_req_i   (dd_req),
    .b_we_i    (dd_we),
    .b_addr_i  (dd_addr),
    .b_wstrb_i (dd_wstrb),
    .b_wdata_i (dd_wdata),
    .b_rdata_o (dd_rdata)
  );
endmodule
