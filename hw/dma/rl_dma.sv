// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// DMA engines: run commands over packed descriptors, plain copies between
// memory and local memory, MSI-X messages. Commands of each side start in order;
// write commands leave in the order in which they were pushed.
module rl_dma
  import rl_pkg::*;
  import rl_dma_pkg::*;
#(
  parameter int unsigned NumQueues   = 16,
  parameter int unsigned NumTags     = 32,     // 8 to 64; RequestCap * NumTags bytes of reorder memory
  parameter int unsigned RequestCap  = 512,    // bytes, 128 to 512, power of two
  parameter int unsigned CmdDepth    = 32,     // commands per side, power of two
  parameter int unsigned LmemBytes   = 65536,  // power of two
  parameter int unsigned DevmemBytes = 131072  // power of two, 4096 to 131072
) (
  input  logic          clk_i,
  input  logic          rst_ni,

  // Peripheral bus (registers 0x300 to 0x3ff).
  input  reg_req_t      reg_i,
  output logic [31:0]   reg_rdata_o,
  output logic          event_cpl_o,

  // Endpoint: see rl_pcie.
  input  pcie_cfg_t     cfg_i,
  output logic          p_valid_o,
  input  logic          p_ready_i,
  output tlp_t          p_o,
  output logic          np_valid_o,
  input  logic          np_ready_i,
  output tlp_t          np_o,
  input  logic          np_dropped_i,   // with np_ready_i: it went nowhere
  output dma_err_t      err_o,
  output logic          np_pending_o,   // completions of requests that have left are due
  output logic [15:0]   posted_pushed_o,
  output logic [15:0]   posted_done_o,
  output logic          msix_req_o,
  output logic [15:0]   msix_vector_o,
  input  logic          msix_send_i,
  input  logic [63:0]   msix_addr_i,
  input  logic [31:0]   msix_data_i,
  input  logic          msix_unmasked_valid_i,
  input  logic [15:0]   msix_unmasked_vector_i,
  output logic          msix_unmasked_ready_o,

  // Completions of our reads. Always taken.
  input  logic          rx_cpl_valid_i,
  output logic          rx_cpl_ready_o,
  input  tlp_t          rx_cpl_i,

  // DMA port of local memory, for this module alone: read data in the next cycle.
  output logic          lmem_req_o,
  output logic          lmem_we_o,
  output logic [$clog2(LmemBytes)-5:0] lmem_addr_o,   // 16-byte words
  output logic [15:0]   lmem_wstrb_o,
  output logic [127:0]  lmem_wdata_o,
  input  logic [127:0]  lmem_rdata_i,

  // DMA port of device memory, for this module alone: read data in the next cycle.
  output logic          devmem_req_o,
  output logic          devmem_we_o,
  output logic [$clog2(DevmemBytes)-5:0] devmem_addr_o,
  output logic [15:0]   devmem_wstrb_o,
  output logic [127:0]  devmem_wdata_o,
  input  logic [127:0]  devmem_rdata_i,

  // Packets out (AXI4-Stream): payload of read runs. tuser with tlast: the packet
  // is broken (a read failed) and must be discarded.
  output logic          m_axis_tvalid_o,
  input  logic          m_axis_tready_i,
  output logic [127:0]  m_axis_tdata_o,
  output logic [15:0]   m_axis_tkeep_o,   // contiguous from lane 0, all ones but in the last beat
  output logic          m_axis_tlast_o,
  output logic          m_axis_tuser_o,

  // Packets in, for write runs, from rl_net_rx: whole packets only, same format.
  input  logic          s_axis_tvalid_i,
  output logic          s_axis_tready_o,
  input  logic [127:0]  s_axis_tdata_i,
  input  logic [15:0]   s_axis_tkeep_i,
  input  logic          s_axis_tlast_i
);
  if (NumTags < 8 || NumTags > 64) begin : gen_tags
    $error("rl_dma: NumTags must be 8 to 64");
  end
  if (RequestCap != 128 && RequestCap != 256 && RequestCap != 512) begin : gen_cap
    $error("rl_dma: RequestCap must be 128, 256 or 512");
  end
  if (DevmemBytes < 4096 || DevmemBytes > 131072 || (DevmemBytes & (DevmemBytes - 1)) != 0)
  begin : gen_devmem
    $error("rl_dma: DevmemBytes must be a power of two, 4096 to 131072");
  end

  localparam int unsigned FetchTags = NumTags / 4;
  localparam int unsigned Law = $clog2(LmemBytes) - 4;
  localparam int unsigned Daw = $clog2(DevmemBytes) - 4;
  localparam int unsigned DataDepth = 64; // beats of formed TLPs: two of 512 bytes

  // ---- What the host and the firmware have set
  ctl_t        ctl_q;
  logic [2:0]  rd_size_q, wr_size_q;
  logic [31:0] aborts, timeout;
  logic [63:0] devwin;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ctl_q     <= '0;
      rd_size_q <= '0;
      wr_size_q <= '0;
    end else begin
      ctl_q     <= '{aborts: aborts, bme: cfg_i.bme, flr: cfg_i.flr};
      rd_size_q <= 32'(cfg_i.mrrs) > $clog2(RequestCap / 128) ? 3'($clog2(RequestCap / 128))
                                                               : cfg_i.mrrs;
      wr_size_q <= cfg_i.mps > 3'd2 ? 3'd2 : cfg_i.mps;
    end
  end

  // ---- Commands and completions
  logic    fetch_valid, fetch_ready, run_valid, run_ready, wr_valid, wr_ready;
  rd_cmd_t fetch_cmd, run_cmd;
  wr_cmd_t wr_cmd;
  logic    fetch_cpl_valid, fetch_cpl_ready, run_cpl_valid, run_cpl_ready;
  logic    wr_cpl_valid, wr_cpl_ready, silent;
  cpl_entry_t    fetch_cpl, run_cpl, wr_cpl;

  rl_dma_regs #(
    .NumQueues (NumQueues),
    .CmdDepth  (CmdDepth),
    .LmemBytes (LmemBytes)
  ) u_regs (
    .clk_i,
    .rst_ni,
    .reg_i,
    .reg_rdata_o,
    .event_cpl_o,
    .abort_o           (aborts),
    .timeout_o         (timeout),
    .devwin_o          (devwin),
    .posted_pushed_o,
    .fetch_valid_o     (fetch_valid),
    .fetch_ready_i     (fetch_ready),
    .fetch_o           (fetch_cmd),
    .run_valid_o       (run_valid),
    .run_ready_i       (run_ready),
    .run_o             (run_cmd),
    .wr_valid_o        (wr_valid),
    .wr_ready_i        (wr_ready),
    .wr_o              (wr_cmd),
    .fetch_cpl_valid_i (fetch_cpl_valid),
    .fetch_cpl_ready_o (fetch_cpl_ready),
    .fetch_cpl_i       (fetch_cpl),
    .run_cpl_valid_i   (run_cpl_valid),
    .run_cpl_ready_o   (run_cpl_ready),
    .run_cpl_i         (run_cpl),
    .wr_cpl_valid_i    (wr_cpl_valid),
    .wr_cpl_ready_o    (wr_cpl_ready),
    .wr_cpl_i          (wr_cpl),
    .silent_i          (silent)
  );

  // ---- Read side: requests
  logic           run_req_valid, run_req_ready, fetch_req_valid, fetch_req_ready;
  rreq_t          run_req, fetch_req;
  logic           run_tag_valid, fetch_tag_valid, take, take_fetch, sent, sent_dropped;
  logic [5:0]     run_tag, fetch_tag, sent_tag, local_tag;
  logic [9:0]     take_len;
  logic [15:0]    take_dst;
  logic           local_valid;
  logic [Daw+3:0] local_off;
  logic           owner_valid, owner_ready, order_valid, order_ready, run_failed;
  owner_t         owner;
  order_t         order;

  // Local memory: 0 descriptors of read runs, 1 of write runs, 2 the write source.
  logic [2:0]     lm_req, lm_gnt;
  logic [Law-1:0] lm_addr0, lm_addr1, lm_addr2;

  // Heads of the two request orders.
  logic [5:0]     run_head, fetch_head, run_free_tag;
  logic           run_done, run_free, fetch_done, fetch_free, run_free_q, fetch_free_q;
  logic [5:0]     run_free_tag_q, fetch_free_tag_q;
  status_t        run_status, fetch_status;

  rl_dma_run #(
    .LmemBytes   (LmemBytes),
    .DevmemBytes (DevmemBytes)
  ) u_run (
    .clk_i,
    .rst_ni,
    .ctl_i         (ctl_q),
    .size_i        (rd_size_q),
    .devwin_i      (devwin),
    .posted_done_i (posted_done_o),
    .cmd_valid_i   (run_valid),
    .cmd_ready_o   (run_ready),
    .cmd_i         (run_cmd),
    .lmem_req_o    (lm_req[0]),
    .lmem_gnt_i    (lm_gnt[0]),
    .lmem_addr_o   (lm_addr0),
    .lmem_rdata_i,
    .req_valid_o   (run_req_valid),
    .req_ready_i   (run_req_ready),
    .req_o         (run_req),
    .req_tag_i     (run_tag),
    .owner_valid_o (owner_valid),
    .owner_ready_i (owner_ready),
    .owner_o       (owner),
    .order_valid_o (order_valid),
    .order_ready_i (order_ready),
    .order_o       (order),
    .failed_i      (run_failed)
  );

  rl_dma_fetch #(
    .FetchTags   (FetchTags),
    .DevmemBytes (DevmemBytes)
  ) u_fetch (
    .clk_i,
    .rst_ni,
    .ctl_i         (ctl_q),
    .size_i        (rd_size_q),
    .devwin_i      (devwin),
    .posted_done_i (posted_done_o),
    .cmd_valid_i   (fetch_valid),
    .cmd_ready_o   (fetch_ready),
    .cmd_i         (fetch_cmd),
    .req_valid_o   (fetch_req_valid),
    .req_ready_i   (fetch_req_ready),
    .req_o         (fetch_req),
    .req_tag_i     (fetch_tag),
    .head_o        (fetch_head),
    .head_done_i   (fetch_done),
    .head_status_i (fetch_status),
    .head_free_o   (fetch_free),
    .cpl_valid_o   (fetch_cpl_valid),
    .cpl_ready_i   (fetch_cpl_ready),
    .cpl_o         (fetch_cpl)
  );

  rl_dma_issue #(
    .DevmemBytes (DevmemBytes)
  ) u_issue (
    .clk_i,
    .rst_ni,
    .bdf_i             (cfg_i.bdf),
    .run_valid_i       (run_req_valid),
    .run_ready_o       (run_req_ready),
    .run_i             (run_req),
    .fetch_valid_i     (fetch_req_valid),
    .fetch_ready_o     (fetch_req_ready),
    .fetch_i           (fetch_req),
    .run_tag_valid_i   (run_tag_valid),
    .run_tag_i         (run_tag),
    .fetch_tag_valid_i (fetch_tag_valid),
    .fetch_tag_i       (fetch_tag),
    .take_o            (take),
    .take_fetch_o      (take_fetch),
    .take_len_o        (take_len),
    .take_dst_o        (take_dst),
    .sent_o            (sent),
    .sent_dropped_o    (sent_dropped),
    .sent_tag_o        (sent_tag),
    .local_valid_o     (local_valid),
    .local_tag_o       (local_tag),
    .local_off_o       (local_off),
    .np_valid_o,
    .np_ready_i,
    .np_dropped_i,
    .np_o
  );

  // ---- Read side: completions
  logic        tag_pending;
  logic [5:0]  lk_tag, live_tag, fin_tag;
  logic [9:0]  lk_len, lk_got, upd_got;
  logic [15:0] lk_dst;
  logic        live_pend, live_late, live_quiet, upd, upd_poison, upd_ends, fin;
  status_t     fin_status;
  logic        rx_valid, rx_ready, loc_valid, loc_ready;
  sink_t       rx_word, loc_word;

  rl_dma_tags #(
    .NumTags   (NumTags),
    .FetchTags (FetchTags)
  ) u_tags (
    .clk_i,
    .rst_ni,
    .ext_tag_i      (cfg_i.ext_tag),
    .timeout_i      (timeout),
    .flr_i          (ctl_q.flr),
    .timeouts_o     (err_o.timeouts),
    .run_valid_o    (run_tag_valid),
    .run_tag_o      (run_tag),
    .fetch_valid_o  (fetch_tag_valid),
    .fetch_tag_o    (fetch_tag),
    .take_i         (take),
    .take_fetch_i   (take_fetch),
    .take_len_i     (take_len),
    .take_dst_i     (take_dst),
    .sent_i         (sent),
    .sent_dropped_i (sent_dropped),
    .sent_tag_i     (sent_tag),
    .pending_o      (tag_pending),
    .lk_tag_i       (lk_tag),
    .lk_len_o       (lk_len),
    .lk_dst_o       (lk_dst),
    .lk_got_o       (lk_got),
    .live_tag_i     (live_tag),
    .live_pend_o    (live_pend),
    .live_late_o    (live_late),
    .live_quiet_o   (live_quiet),
    .upd_i          (upd),
    .upd_got_i      (upd_got),
    .upd_poison_i   (upd_poison),
    .upd_ends_i     (upd_ends),
    .fin_i          (fin),
    .fin_tag_i      (fin_tag),
    .fin_status_i   (fin_status),
    .run_head_i     (run_head),
    .run_done_o     (run_done),
    .run_status_o   (run_status),
    .run_free_i     (run_free_q),
    .run_free_tag_i (run_free_tag_q),
    .fetch_head_i   (fetch_head),
    .fetch_done_o   (fetch_done),
    .fetch_status_o (fetch_status),
    .fetch_free_i   (fetch_free_q),
    .fetch_free_tag_i (fetch_free_tag_q)
  );
  assign np_pending_o = tag_pending || sent;

  // Tags come back a cycle after their owners gave them: whether they did is known late.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      run_free_q   <= 1'b0;
      fetch_free_q <= 1'b0;
    end else begin
      run_free_q   <= run_free;
      fetch_free_q <= fetch_free;
    end
  end
  always_ff @(posedge clk_i) begin
    run_free_tag_q   <= run_free_tag;
    fetch_free_tag_q <= fetch_head;
  end

  rl_dma_cpl #(
    .FetchTags (FetchTags)
  ) u_cpl (
    .clk_i,
    .rst_ni,
    .rx_valid_i     (rx_cpl_valid_i),
    .rx_ready_o     (rx_cpl_ready_o),
    .rx_i           (rx_cpl_i),
    .bdf_i          (cfg_i.bdf),
    .lk_tag_o       (lk_tag),
    .lk_len_i       (lk_len),
    .lk_dst_i       (lk_dst),
    .lk_got_i       (lk_got),
    .live_tag_o     (live_tag),
    .live_pend_i    (live_pend),
    .live_late_i    (live_late),
    .live_quiet_i   (live_quiet),
    .upd_o          (upd),
    .upd_got_o      (upd_got),
    .upd_poison_o   (upd_poison),
    .upd_ends_o     (upd_ends),
    .sink_valid_o   (rx_valid),
    .sink_ready_i   (rx_ready),
    .sink_o         (rx_word),
    .dropped_o      (err_o.unexpected),
    .cpl_ur_o       (err_o.cpl_ur),
    .cpl_ca_o       (err_o.cpl_ca),
    .cpl_poison_o   (err_o.cpl_poison)
  );

  // Device memory: reader and writer take turns.
  logic           dr_req, dr_gnt, dw_req, dw_gnt, dev_turn_q;
  logic [Daw-1:0] dr_addr, dw_addr;

  rl_dma_local #(
    .DevmemBytes (DevmemBytes),
    .NumTags     (NumTags),
    .FetchTags   (FetchTags)
  ) u_local (
    .clk_i,
    .rst_ni,
    .req_valid_i  (local_valid),
    .req_tag_i    (local_tag),
    .req_off_i    (local_off),
    .req_len_i    (take_len),
    .req_dst_i    (take_dst),
    .mem_req_o    (dr_req),
    .mem_gnt_i    (dr_gnt),
    .mem_addr_o   (dr_addr),
    .mem_rdata_i  (devmem_rdata_i),
    .sink_valid_o (loc_valid),
    .sink_ready_i (loc_ready),
    .sink_o       (loc_word)
  );

  logic           slot_en, fl_req;
  logic [5:0]     slot_tag;
  logic [4:0]     slot_word;
  logic [127:0]   slot_data;
  logic [Law-1:0] fl_addr;

  rl_dma_reorder #(
    .NumTags    (NumTags),
    .RequestCap (RequestCap),
    .LmemBytes  (LmemBytes)
  ) u_reorder (
    .clk_i,
    .rst_ni,
    .rx_valid_i    (rx_valid),
    .rx_ready_o    (rx_ready),
    .rx_i          (rx_word),
    .local_valid_i (loc_valid),
    .local_ready_o (loc_ready),
    .local_i       (loc_word),
    .lmem_req_o    (fl_req),
    .lmem_gnt_i    (1'b1),
    .lmem_addr_o   (fl_addr),
    .lmem_wstrb_o,
    .lmem_wdata_o,
    .fin_o         (fin),
    .fin_tag_o     (fin_tag),
    .fin_status_o  (fin_status),
    .rd_en_i       (slot_en),
    .rd_tag_i      (slot_tag),
    .rd_word_i     (slot_word),
    .rd_data_o     (slot_data)
  );

  beat_t m_beat;
  rl_dma_drain #(
    .NumTags (NumTags)
  ) u_drain (
    .clk_i,
    .rst_ni,
    .ctl_i         (ctl_q),
    .owner_valid_i (owner_valid),
    .owner_ready_o (owner_ready),
    .owner_i       (owner),
    .order_valid_i (order_valid),
    .order_ready_o (order_ready),
    .order_i       (order),
    .failed_o      (run_failed),
    .head_o        (run_head),
    .head_done_i   (run_done),
    .head_status_i (run_status),
    .free_o        (run_free),
    .free_tag_o    (run_free_tag),
    .rd_en_o       (slot_en),
    .rd_tag_o      (slot_tag),
    .rd_word_o     (slot_word),
    .rd_data_i     (slot_data),
    .valid_o       (m_axis_tvalid_o),
    .ready_i       (m_axis_tready_i),
    .beat_o        (m_beat),
    .user_o        (m_axis_tuser_o),
    .cpl_valid_o   (run_cpl_valid),
    .cpl_ready_i   (run_cpl_ready),
    .cpl_o         (run_cpl)
  );
  assign m_axis_tdata_o = m_beat.data;
  assign m_axis_tlast_o = m_beat.last;
  assign m_axis_tkeep_o = byte_lanes(5'd0, m_beat.n);

  // ---- Write side
  logic         front_job_valid, front_job_ready, job_valid, job_ready;
  job_t         front_job, job;
  logic         front_item_valid, front_item_ready, item_valid, item_ready;
  item_t        front_item, item;
  logic         beat_valid, beat_ready, data_push, data_valid, data_ready;
  beat_t        beat;
  logic         form_out_valid, form_out_ready, out_valid, out_ready;
  out_t         form_out, out;
  logic [127:0] data_in, data_out;
  logic [$clog2(DataDepth+1)-1:0] data_count;
  logic [2:0]   job_count;
  logic [3:0]   item_count;
  logic [4:0]   out_count;
  logic         unused_data_ready, out_p_valid, out_p_ready;
  tlp_t         out_p;
  logic         out_cpl_valid, out_cpl_ready;
  cpl_entry_t   out_cpl;

  rl_dma_wr_front #(
    .LmemBytes   (LmemBytes),
    .DevmemBytes (DevmemBytes)
  ) u_front (
    .clk_i,
    .rst_ni,
    .ctl_i        (ctl_q),
    .devwin_i     (devwin),
    .cmd_valid_i  (wr_valid),
    .cmd_ready_o  (wr_ready),
    .cmd_i        (wr_cmd),
    .lmem_req_o   (lm_req[1]),
    .lmem_gnt_i   (lm_gnt[1]),
    .lmem_addr_o  (lm_addr1),
    .lmem_rdata_i,
    .job_valid_o  (front_job_valid),
    .job_ready_i  (front_job_ready),
    .job_o        (front_job),
    .item_valid_o (front_item_valid),
    .item_ready_i (front_item_ready),
    .item_o       (front_item)
  );

  rl_fifo #(.Width ($bits(job_t)), .Depth (4)) u_jobs (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i (front_job_valid),
    .ready_o (front_job_ready),
    .data_i  (front_job),
    .valid_o (job_valid),
    .ready_i (job_ready),
    .data_o  (job),
    .count_o (job_count)
  );

  rl_fifo #(.Width ($bits(item_t)), .Depth (8)) u_items (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i (front_item_valid),
    .ready_o (front_item_ready),
    .data_i  (front_item),
    .valid_o (item_valid),
    .ready_i (item_ready),
    .data_o  (item),
    .count_o (item_count)
  );

  rl_dma_wr_src #(
    .LmemBytes (LmemBytes)
  ) u_src (
    .clk_i,
    .rst_ni,
    .ctl_i        (ctl_q),
    .job_valid_i  (job_valid),
    .job_ready_o  (job_ready),
    .job_i        (job),
    .lmem_req_o   (lm_req[2]),
    .lmem_gnt_i   (lm_gnt[2]),
    .lmem_addr_o  (lm_addr2),
    .lmem_rdata_i,
    .s_axis_tvalid_i,
    .s_axis_tready_o,
    .s_axis_tdata_i,
    .s_axis_tkeep_i,
    .s_axis_tlast_i,
    .beat_valid_o (beat_valid),
    .beat_ready_i (beat_ready),
    .beat_o       (beat)
  );

  rl_dma_wr_form u_form (
    .clk_i,
    .rst_ni,
    .ctl_i        (ctl_q),
    .size_i       (wr_size_q),
    .item_valid_i (item_valid),
    .item_ready_o (item_ready),
    .item_i       (item),
    .beat_valid_i (beat_valid),
    .beat_ready_o (beat_ready),
    .beat_i       (beat),
    .data_valid_o (data_push),
    .data_room_i  (32'(data_count) <= DataDepth - 2),
    .data_o       (data_in),
    .out_valid_o  (form_out_valid),
    .out_ready_i  (form_out_ready),
    .out_o        (form_out)
  );

  rl_fifo #(.Width (128), .Depth (DataDepth)) u_data (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i (data_push),
    .ready_o (unused_data_ready), // see data_room_i
    .data_i  (data_in),
    .valid_o (data_valid),
    .ready_i (data_ready),
    .data_o  (data_out),
    .count_o (data_count)
  );

  rl_fifo #(.Width ($bits(out_t)), .Depth (16)) u_outs (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i (form_out_valid),
    .ready_o (form_out_ready),
    .data_i  (form_out),
    .valid_o (out_valid),
    .ready_i (out_ready),
    .data_o  (out),
    .count_o (out_count)
  );

  rl_dma_wr_out #(
    .DevmemBytes (DevmemBytes)
  ) u_out (
    .clk_i,
    .rst_ni,
    .ctl_i         (ctl_q),
    .bdf_i         (cfg_i.bdf),
    .out_valid_i   (out_valid),
    .out_ready_o   (out_ready),
    .out_i         (out),
    .data_valid_i  (data_valid),
    .data_ready_o  (data_ready),
    .data_i        (data_out),
    .p_valid_o     (out_p_valid),
    .p_ready_i     (out_p_ready),
    .p_o           (out_p),
    .p_idle_i      (!p_valid_o),
    .mem_req_o     (dw_req),
    .mem_gnt_i     (dw_gnt),
    .mem_addr_o    (dw_addr),
    .mem_wstrb_o   (devmem_wstrb_o),
    .mem_wdata_o   (devmem_wdata_o),
    .msix_req_o,
    .msix_vector_o,
    .msix_send_i,
    .msix_addr_i,
    .msix_data_i,
    .msix_unmasked_valid_i,
    .msix_unmasked_vector_i,
    .msix_unmasked_ready_o,
    .posted_done_o,
    .cpl_valid_o   (out_cpl_valid),
    .cpl_ready_i   (out_cpl_ready),
    .cpl_o         (out_cpl),
    .silent_o      (silent)
  );

  logic [1:0] unused_cpl_count;
  rl_fifo #(.Width ($bits(cpl_entry_t)), .Depth (2)) u_wr_cpl (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i (out_cpl_valid),
    .ready_o (out_cpl_ready),
    .data_i  (out_cpl),
    .valid_o (wr_cpl_valid),
    .ready_i (wr_cpl_ready),
    .data_o  (wr_cpl),
    .count_o (unused_cpl_count)
  );

  // The link is far away.
  logic [1:0] unused_p_count;
  rl_fifo #(.Width ($bits(tlp_t)), .Depth (2)) u_p (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i (out_p_valid),
    .ready_o (out_p_ready),
    .data_i  (out_p),
    .valid_o (p_valid_o),
    .ready_i (p_ready_i),
    .data_o  (p_o),
    .count_o (unused_p_count)
  );

  // ---- Local memory: words of fetches first (their number is bounded by the link, and
  // completions must be taken), then the three readers in turn.
  logic [1:0] lm_turn_q;
  always_comb begin
    lm_gnt = '0;
    if (!fl_req) begin
      unique case (lm_turn_q)
        2'd0:    lm_gnt = lm_req[0] ? 3'b001 : lm_req[1] ? 3'b010 : {lm_req[2], 2'b00};
        2'd1:    lm_gnt = lm_req[1] ? 3'b010 : lm_req[2] ? 3'b100 : {2'b00, lm_req[0]};
        default: lm_gnt = lm_req[2] ? 3'b100 : lm_req[0] ? 3'b001 : {1'b0, lm_req[1], 1'b0};
      endcase
    end
  end
  assign lmem_req_o  = fl_req || lm_req != '0;
  assign lmem_we_o   = fl_req;
  assign lmem_addr_o = fl_req ? fl_addr : lm_gnt[0] ? lm_addr0 : lm_gnt[1] ? lm_addr1 : lm_addr2;

  // ---- Device memory
  assign dr_gnt        = dr_req && (!dw_req || !dev_turn_q);
  assign dw_gnt        = dw_req && !dr_gnt;
  assign devmem_req_o  = dr_req || dw_req;
  assign devmem_we_o   = dw_gnt;
  assign devmem_addr_o = dw_gnt ? dw_addr : dr_addr;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      lm_turn_q  <= '0;
      dev_turn_q <= 1'b0;
    end else begin
      if (lm_gnt != '0) lm_turn_q <= lm_gnt[0] ? 2'd1 : lm_gnt[1] ? 2'd2 : 2'd0;
      dev_turn_q <= dr_gnt;
    end
  end

  logic unused;
  assign unused = &{1'b0, unused_p_count, unused_cpl_count, job_count, item_count, out_count,
                    unused_data_ready};
endmodule
