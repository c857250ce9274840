// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// PCI Express endpoint: configuration space, BAR decoding, mailbox, doorbells,
// MSI-X, the BAR2 port of device memory and the egress that orders outgoing TLPs.
// Posted writes are always taken in the end, whatever happens to the transmit side.
module rl_pcie
  import rl_pkg::*;
#(
  parameter int unsigned NumQueues  = 16,  // doorbells, 1 to 16
  parameter int unsigned NumVectors = 17,  // MSI-X vectors, 2 to 32
  parameter int unsigned DevmemBytes = 131072, // power of two
  parameter int unsigned MboxWatchdog = 125000 // cycles until a read is answered without firmware
) (
  input  logic          clk_i,
  input  logic          rst_ni,

  // Requests from the host (memory, configuration, I/O, messages).
  input  logic          rx_req_valid_i,
  output logic          rx_req_ready_o,
  input  tlp_t          rx_req_i,

  // All outgoing TLPs. A TLP of a class starts only while its credit bit is set:
  // {completion, non-posted, posted}.
  output logic          tx_valid_o,
  input  logic          tx_ready_i,
  output tlp_t          tx_o,
  input  logic [2:0]    tx_credit_i,

  // Peripheral bus (registers 0x100 to 0x2ff).
  input  reg_req_t      reg_i,
  output logic [31:0]   reg_rdata_o,
  output logic          event_mbox_o,
  output logic          event_doorbell_o,
  output logic          event_pcie_o,

  // To the DMA engines.
  output pcie_cfg_t     cfg_o,
  // Outgoing requests of the DMA engines: posted and non-posted. A posted TLP
  // taken here is on its way: nothing issued later passes it.
  input  logic          p_valid_i,
  output logic          p_ready_o,
  input  tlp_t          p_i,
  input  logic          np_valid_i,
  output logic          np_ready_o,
  input  tlp_t          np_i,
  // Count of write commands pushed, and of those that have left entirely. A
  // completion waits until done has reached what pushed was when it was made.
  input  logic [15:0]   posted_pushed_i,
  input  logic [15:0]   posted_done_i,
  // MSI-X: the write engine asks for a vector; the answer comes in the next
  // cycle. send=0: masked or disabled, the pending bit was set where it must.
  input  logic          msix_req_i,
  input  logic [15:0]   msix_vector_i,
  output logic          msix_send_o,
  output logic [63:0]   msix_addr_o,
  output logic [31:0]   msix_data_o,
  // A pending vector was unmasked: the write engine sends it (it asks again as above).
  output logic          msix_unmasked_valid_o,
  output logic [15:0]   msix_unmasked_vector_o,
  input  logic          msix_unmasked_ready_i,

  // Host port of device memory: read data in the next cycle.
  output logic          devmem_req_o,
  output logic          devmem_we_o,
  output logic [$clog2(DevmemBytes)-5:0] devmem_addr_o, // 16-byte words
  output logic [15:0]   devmem_wstrb_o,
  output logic [127:0]  devmem_wdata_o,
  input  logic [127:0]  devmem_rdata_i
);
endmodule
