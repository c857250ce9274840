// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// PCI Express endpoint: configuration space, BAR decoding, mailbox, doorbells,
// MSI-X, the BAR2 port of device memory and the egress that orders outgoing TLPs.
// Posted writes are always taken in the end, whatever happens to the transmit side.
module rl_pcie
  import rl_pkg::*;
  import rl_pcie_pkg::*;
  import rl_regs_pkg::*;
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

  // All outgoing TLPs. A TLP of a class shows in the cycle after it was chosen with its credit:
  // {completion, non-posted, posted}.
  output logic          tx_valid_o,
  input  logic          tx_ready_i,
  output tlp_t          tx_o,
  input  logic [2:0]    tx_credit_i,

  // Peripheral bus (registers 0x100 to 0x19f, 0x200 to 0x2ff).
  input  reg_req_t      reg_i,
  output logic [31:0]   reg_rdata_o,
  output logic          event_mbox_o,
  output logic          event_doorbell_o,
  output logic          event_pcie_o,

  // To the DMA engines.
  output pcie_cfg_t     cfg_o,
  // Outgoing requests of the DMA engines: posted and non-posted. A posted TLP
  // taken here is on its way (with bus mastering off: gone): nothing issued later passes it.
  input  logic          p_valid_i,
  output logic          p_ready_o,
  input  tlp_t          p_i,
  input  logic          np_valid_i,
  output logic          np_ready_o,
  input  tlp_t          np_i,
  output logic          np_dropped_o,   // with np_ready_o: it was taken and goes nowhere
  input  logic          np_pending_i,   // completions of taken ones are due
  // What went wrong there, and here.
  input  dma_err_t      dma_err_i,
  output pcie_err_t     err_o,
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
  localparam int unsigned Low = $clog2(DevmemBytes);

  if (NumQueues < 1 || NumQueues > 16) begin : gen_queues
    $error("rl_pcie: NumQueues must be 1 to 16");
  end
  if (NumVectors < 2 || NumVectors > 32) begin : gen_vectors
    $error("rl_pcie: NumVectors must be 2 to 32");
  end

  // ---- Configuration space and registers --------------------------------------------------
  logic        mse, bme, bme_d0, mem_en, ext_tag, msix_en, msix_fmask, intx, ready, flr, flr_start, flr_ask;
  logic [1:0]  dstate;
  logic [2:0]  mps, mrrs;
  logic [15:0] bar0, bdf_q, bdf;
  logic [63-Low:0] bar2;
  logic        bdf_we, tag_pending;
  logic        cfg_req, cfg_we;
  logic [5:0]  cfg_reg;
  logic [3:0]  cfg_be;
  logic [31:0] cfg_wdata, cfg_rdata;
  logic [31:0] id, class_code, subsys, cap_wdata, cap_rdata, status;
  logic        isr, cap_we, ev_bme_off, ev_dstate, ev_msix;
  logic [4:0]  cap_index;
  logic [2:0]  report;
  logic        hold, off, told, turn_off;
  logic [15:0] done;
  logic [31:0] rdata_regs, rdata_mbox, rdata_doorbell;

  rl_pcie_cfg #(.NumVectors(NumVectors), .DevmemBytes(DevmemBytes)) u_cfg (
    .clk_i, .rst_ni, .flr_start_i(flr_start),
    .req_i(cfg_req), .we_i(cfg_we), .reg_i(cfg_reg), .be_i(cfg_be), .wdata_i(cfg_wdata),
    .rdata_o(cfg_rdata), .flr_ask_o(flr_ask),
    .id_i(id), .class_i(class_code), .subsys_i(subsys), .isr_i(isr),
    .cap_we_i(cap_we), .cap_index_i(cap_index), .cap_wdata_i(cap_wdata), .cap_rdata_o(cap_rdata),
    .pcie_err_i(err_o), .dma_err_i, .told_i(told), .pending_i(tag_pending), .report_o(report),
    .mse_o(mse), .bme_o(bme), .dstate_o(dstate), .bar0_o(bar0), .bar2_o(bar2),
    .mps_o(mps), .mrrs_o(mrrs), .ext_tag_o(ext_tag), .intx_o(intx),
    .msix_en_o(msix_en), .msix_fmask_o(msix_fmask),
    .ev_bme_off_o(ev_bme_off), .ev_dstate_o(ev_dstate), .ev_msix_o(ev_msix)
  );

  rl_pcie_regs u_regs (
    .clk_i, .rst_ni, .reg_i, .reg_rdata_o(rdata_regs), .event_o(event_pcie_o),
    .ready_o(ready), .id_o(id), .class_o(class_code), .subsys_o(subsys), .isr_o(isr),
    .cap_we_o(cap_we), .cap_index_o(cap_index), .cap_wdata_o(cap_wdata), .cap_rdata_i(cap_rdata),
    .flr_start_i(flr_start), .flr_o(flr),
    .status_i(status), .event_i({ev_msix, ev_dstate, ev_bme_off, 1'b0})
  );

  assign status = {17'd0, mrrs, 1'b0, mps, 2'd0, dstate, msix_fmask, msix_en, bme, mse};
  assign mem_en = mse && dstate == 2'd0 && !flr;
  assign bme_d0 = bme && dstate == 2'd0 && !flr;

  // In D3hot requests wait, and what is fenced behind them does not: the host could not
  // wake the card otherwise. The same when it has been told to take the power away.
  assign hold = dstate != 2'd0 || off;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) done <= '0;
    else done <= hold ? posted_pushed_i : posted_done_i;
  end
  assign reg_rdata_o = rdata_regs | rdata_mbox | rdata_doorbell;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) bdf_q <= '0;
    else if (bdf_we) bdf_q <= bdf;
  end

  assign cfg_o.bme     = bme && !flr;
  assign cfg_o.mps     = mps;
  assign cfg_o.mrrs    = mrrs;
  assign cfg_o.ext_tag = ext_tag;
  assign cfg_o.bdf     = bdf_q;
  assign cfg_o.flr     = flr;

  // Transactions Pending: a request that waits for credit counts too.
  assign tag_pending = np_valid_i || np_pending_i;

  // ---- Ingress ------------------------------------------------------------------------------
  logic         npf_valid, npf_ready, np_valid, np_ready;
  np_t          npf, np;
  logic         w0_valid, w0_ready, w0_mbox, w0_mbox_ready;
  logic [15:0]  w0_addr;
  logic [3:0]   w0_be;
  logic [31:0]  w0_data;
  logic         w2_valid, w2_ready, w2_sop, w2_eop;
  logic [Low-3:0] w2_addr;
  logic [15:0]  w2_strb;
  logic [127:0] w2_data;
  mbox_t        w0_entry;

  rl_pcie_rx #(.DevmemBytes(DevmemBytes)) u_rx (
    .clk_i, .rst_ni,
    .rx_valid_i(rx_req_valid_i), .rx_ready_o(rx_req_ready_o), .rx_i(rx_req_i),
    .mem_en_i(mem_en), .bar0_i(bar0), .bar2_i(bar2), .mps_i(mps),
    .np_valid_o(npf_valid), .np_ready_i(npf_ready), .np_o(npf),
    .w0_valid_o(w0_valid), .w0_ready_i(w0_ready), .w0_addr_o(w0_addr), .w0_be_o(w0_be),
    .w0_data_o(w0_data),
    .w2_valid_o(w2_valid), .w2_ready_i(w2_ready), .w2_sop_o(w2_sop), .w2_eop_o(w2_eop),
    .w2_addr_o(w2_addr), .w2_strb_o(w2_strb), .w2_data_o(w2_data),
    .turn_off_o(turn_off),
    .err_ur_o(err_o.p_ur), .err_malf_o(err_o.malformed), .err_poison_o(err_o.poison)
  );

  assign w0_mbox  = 32'(w0_addr) < BAR0_MAILBOX_END;
  assign w0_ready = !w0_mbox || w0_mbox_ready;

  always_comb begin
    w0_entry.write = 1'b1;
    w0_entry.cfg   = 1'b0;
    w0_entry.be    = w0_be;
    w0_entry.tag   = 8'd0;
    w0_entry.addr  = w0_addr;
    w0_entry.data  = w0_data;
  end

  // The link advertises as many non-posted credits as this holds.
  logic [4:0] unused_np_count;
  rl_fifo #(.Width($bits(np_t)), .Depth(16)) u_np_fifo (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(npf_valid), .ready_o(npf_ready), .data_i(npf),
    .valid_o(np_valid), .ready_i(np_ready), .data_o(np),
    .count_o(unused_np_count)
  );

  // ---- Non-posted requests --------------------------------------------------------------------
  logic        mbox_r_valid, mbox_r_ready, job_valid, job_ready, job_slot;
  logic        slot_valid, slot_ready, slot_wait, rd2_valid, rd2_ready;
  logic [15:0] msix_r_addr;
  logic [31:0] msix_r_data, slot_data, reply_data;
  logic [7:0]  slot_tag, reply_tag;
  logic        reply_valid, give_up, waiting, cpl_idle, jobs_idle, cplq_idle, rd2_idle, cplq2_idle;
  mbox_t       mbox_r;
  cpl_t        job, rd2;
  logic [Low-3:0] rd2_addr;

  assign cpl_idle = jobs_idle && cplq_idle && rd2_idle && cplq2_idle;

  rl_pcie_np #(.DevmemBytes(DevmemBytes)) u_np (
    .clk_i, .rst_ni,
    .np_valid_i(np_valid), .np_ready_o(np_ready), .np_i(np),
    .mem_en_i(mem_en), .bar0_i(bar0), .bar2_i(bar2), .crs_i(!ready || flr),
    .bdf_we_o(bdf_we), .bdf_o(bdf),
    .cfg_req_o(cfg_req), .cfg_we_o(cfg_we), .cfg_reg_o(cfg_reg), .cfg_be_o(cfg_be),
    .cfg_wdata_o(cfg_wdata), .cfg_rdata_i(cfg_rdata),
    .cfg_flr_i(flr_ask), .cpl_idle_i(cpl_idle), .flr_start_o(flr_start),
    .msix_addr_o(msix_r_addr), .msix_rdata_i(msix_r_data),
    .mbox_valid_o(mbox_r_valid), .mbox_ready_i(mbox_r_ready), .mbox_o(mbox_r),
    .job_valid_o(job_valid), .job_ready_i(job_ready), .job_o(job), .job_slot_o(job_slot),
    .slot_valid_o(slot_valid), .slot_ready_i(slot_ready), .slot_wait_o(slot_wait),
    .slot_data_o(slot_data), .slot_tag_i(slot_tag),
    .rd2_valid_o(rd2_valid), .rd2_ready_i(rd2_ready), .rd2_o(rd2), .rd2_addr_o(rd2_addr),
    .err_ur_o(err_o.np_ur)
  );

  // ---- Where accesses end -----------------------------------------------------------------------
  rl_pcie_mbox #(.MboxWatchdog(MboxWatchdog)) u_mbox (
    .clk_i, .rst_ni, .clear_i(flr_start), .discard_i(flr),
    .w_valid_i(w0_valid && w0_mbox), .w_ready_o(w0_mbox_ready), .w_i(w0_entry),
    .r_valid_i(mbox_r_valid), .r_ready_o(mbox_r_ready), .r_i(mbox_r),
    .reg_i, .reg_rdata_o(rdata_mbox), .event_o(event_mbox_o),
    .reply_valid_o(reply_valid), .reply_tag_o(reply_tag), .reply_data_o(reply_data),
    .waiting_i(waiting), .give_up_o(give_up), .discarded_o(err_o.discarded)
  );

  logic        db_valid;
  logic [11:0] db_index;
  assign db_valid = w0_valid && 32'(w0_addr) >= BAR0_NOTIFY && 32'(w0_addr) < BAR0_MSIX;
  assign db_index = w0_addr[13:2] - BAR0_NOTIFY[13:2];

  rl_pcie_doorbell #(.NumQueues(NumQueues)) u_doorbell (
    .clk_i, .rst_ni, .clear_i(flr),
    .w_valid_i(db_valid), .w_index_i(db_index), .w_be_i(w0_be), .w_data_i(w0_data),
    .reg_i, .reg_rdata_o(rdata_doorbell), .event_o(event_doorbell_o)
  );

  rl_msix #(.NumVectors(NumVectors)) u_msix (
    .clk_i, .rst_ni, .clear_i(flr),
    .forget_i(reg_i.valid && reg_i.write && reg_i.addr == rl_regs_pkg::REG_PCIE_MSIX_FORGET),
    .enable_i(msix_en), .fmask_i(msix_fmask), .bme_i(bme_d0),
    .w_valid_i(w0_valid), .w_addr_i(w0_addr), .w_be_i(w0_be), .w_data_i(w0_data),
    .r_addr_i(msix_r_addr), .r_data_o(msix_r_data),
    .req_i(msix_req_i), .vector_i(msix_vector_i),
    .send_o(msix_send_o), .addr_o(msix_addr_o), .data_o(msix_data_o),
    .unmasked_valid_o(msix_unmasked_valid_o), .unmasked_vector_o(msix_unmasked_vector_o),
    .unmasked_ready_i(msix_unmasked_ready_i)
  );

  // ---- Completions --------------------------------------------------------------------------------
  logic         beat_valid, beat_ready, hdr_valid, hdr_ready;
  logic         beat2_valid, beat2_ready, hdr2_valid, hdr2_ready;
  logic [127:0] beat, beat2;
  logic [6:0]   beat2_count;
  cpl_t         hdr, hdr2;
  logic         cpl_valid, cpl_ready, cpl2_valid, cpl2_ready;
  tlp_t         cpl, cpl2;

  rl_pcie_cpl u_cpl (
    .clk_i, .rst_ni,
    .job_valid_i(job_valid), .job_ready_o(job_ready), .job_i(job), .job_slot_i(job_slot),
    .slot_valid_i(slot_valid), .slot_ready_o(slot_ready), .slot_wait_i(slot_wait),
    .slot_data_i(slot_data), .slot_tag_o(slot_tag),
    .reply_valid_i(reply_valid), .reply_tag_i(reply_tag), .reply_data_i(reply_data),
    .give_up_i(give_up), .waiting_o(waiting), .late_o(err_o.late),
    .beat_valid_o(beat_valid), .beat_ready_i(beat_ready), .beat_o(beat),
    .hdr_valid_o(hdr_valid), .hdr_ready_i(hdr_ready), .hdr_o(hdr), .idle_o(jobs_idle)
  );

  logic [4:0] unused_beat_count;
  rl_pcie_cplq #(.Beats(16), .Cpls(4)) u_cplq (
    .clk_i, .rst_ni,
    .beat_valid_i(beat_valid), .beat_ready_o(beat_ready), .beat_i(beat),
    .beat_count_o(unused_beat_count),
    .hdr_valid_i(hdr_valid), .hdr_ready_o(hdr_ready), .hdr_i(hdr),
    .pushed_i(posted_pushed_i), .done_i(done), .bdf_i(bdf_q),
    .tx_valid_o(cpl_valid), .tx_ready_i(cpl_ready), .tx_o(cpl), .idle_o(cplq_idle)
  );

  rl_devmem_port #(.DevmemBytes(DevmemBytes)) u_devmem (
    .clk_i, .rst_ni,
    .w_valid_i(w2_valid), .w_ready_o(w2_ready), .w_sop_i(w2_sop), .w_eop_i(w2_eop),
    .w_addr_i(w2_addr), .w_strb_i(w2_strb), .w_data_i(w2_data),
    .r_valid_i(rd2_valid), .r_ready_o(rd2_ready), .r_i(rd2), .r_addr_i(rd2_addr), .mps_i(mps),
    .beat_valid_o(beat2_valid), .beat_o(beat2), .beat_count_i(beat2_count),
    .hdr_valid_o(hdr2_valid), .hdr_ready_i(hdr2_ready), .hdr_o(hdr2), .idle_o(rd2_idle),
    .mem_req_o(devmem_req_o), .mem_we_o(devmem_we_o), .mem_addr_o(devmem_addr_o),
    .mem_wstrb_o(devmem_wstrb_o), .mem_wdata_o(devmem_wdata_o), .mem_rdata_i(devmem_rdata_i)
  );

  rl_pcie_cplq #(.Beats(64), .Cpls(4)) u_cplq2 (
    .clk_i, .rst_ni,
    .beat_valid_i(beat2_valid), .beat_ready_o(beat2_ready), .beat_i(beat2),
    .beat_count_o(beat2_count),
    .hdr_valid_i(hdr2_valid), .hdr_ready_o(hdr2_ready), .hdr_i(hdr2),
    .pushed_i(posted_pushed_i), .done_i(done), .bdf_i(bdf_q),
    .tx_valid_o(cpl2_valid), .tx_ready_i(cpl2_ready), .tx_o(cpl2), .idle_o(cplq2_idle)
  );

  // ---- Egress -------------------------------------------------------------------------------------
  logic intx_valid, intx_ready, msg_valid, msg_ready;
  tlp_t intx_msg, msg;

  rl_pcie_intx u_intx (
    .clk_i, .rst_ni, .level_i(intx && !flr),
    .pushed_i(posted_pushed_i), .done_i(done), .bdf_i(bdf_q),
    .tx_valid_o(intx_valid), .tx_ready_i(intx_ready), .tx_o(intx_msg)
  );

  rl_pcie_report u_report (
    .clk_i, .rst_ni, .clear_i(flr_start), .error_i(report), .turn_off_i(turn_off),
    .pushed_i(posted_pushed_i), .done_i(done), .bdf_i(bdf_q), .off_o(off), .told_o(told),
    .intx_valid_i(intx_valid), .intx_ready_o(intx_ready), .intx_i(intx_msg),
    .tx_valid_o(msg_valid), .tx_ready_i(msg_ready), .tx_o(msg)
  );

  rl_pcie_egress u_egress (
    .clk_i, .rst_ni, .hold_i(hold), .drop_i(!cfg_o.bme),
    .p_valid_i, .p_ready_o, .p_i,
    .np_valid_i, .np_ready_o, .np_i, .np_dropped_o,
    .msg_valid_i(msg_valid), .msg_ready_o(msg_ready), .msg_i(msg),
    .cpl_valid_i(cpl_valid), .cpl_ready_o(cpl_ready), .cpl_i(cpl),
    .cpl2_valid_i(cpl2_valid), .cpl2_ready_o(cpl2_ready), .cpl2_i(cpl2),
    .credit_i(tx_credit_i), .tx_valid_o, .tx_ready_i, .tx_o
  );

  // The BAR2 port starts a completion only when its beats have room.
  logic unused;
  assign unused = beat2_ready;
endmodule
