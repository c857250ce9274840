// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// rl_dma_tags, seen for one tag, whichever: it is handed out only when nobody has it and
// no completion can come for it, its owner gets one end with the right status, it times
// out between eight and nine eighths of the time-out after the last progress, it is
// never lost, and it is on offer when it is free.
module tags #(
  parameter int unsigned NumTags   = 32,
  parameter int unsigned FetchTags = 8
) (
  input logic        clk_i,
  input logic        ext_tag_i,
  input logic        take_i,
  input logic        take_fetch_i,
  input logic [9:0]  take_len_i,
  input logic [15:0] take_dst_i,
  input logic        flr_i,
  input logic        sent_i,
  input logic        sent_dropped_i,
  input logic [5:0]  sent_tag_i,
  input logic [5:0]  lk_tag_i,
  input logic [5:0]  live_tag_i,
  input logic        upd_i,
  input logic [9:0]  upd_got_i,
  input logic        upd_poison_i,
  input logic        upd_ends_i,
  input logic        fin_i,
  input logic [5:0]  fin_tag_i,
  input logic [3:0]  fin_status_i,
  input logic [5:0]  run_head_i,
  input logic        run_free_i,
  input logic [5:0]  run_free_tag_i,
  input logic [5:0]  fetch_head_i,
  input logic        fetch_free_i,
  input logic [5:0]  fetch_free_tag_i,
  input logic [5:0]  pick_i
);
`include "common.svh"
  localparam int unsigned Period = 16; // cycles of an eighth, the least there is

  logic       run_valid, fetch_valid, pending, live_pend, live_late, run_done, fetch_done;
  logic [5:0] run_tag, fetch_tag;
  logic [9:0] lk_len, lk_got;
  logic [15:0] lk_dst;
  logic [3:0] run_status, fetch_status;

  rl_dma_tags #(.NumTags(NumTags), .FetchTags(FetchTags)) dut (
    .clk_i, .rst_ni, .ext_tag_i, .timeout_i(32'd0), .flr_i, .timeouts_o(),
    .run_valid_o(run_valid), .run_tag_o(run_tag), .fetch_valid_o(fetch_valid),
    .fetch_tag_o(fetch_tag), .take_i, .take_fetch_i, .take_len_i, .take_dst_i,
    .sent_i, .sent_dropped_i, .sent_tag_i, .pending_o(pending),
    .lk_tag_i, .lk_len_o(lk_len), .lk_dst_o(lk_dst), .lk_got_o(lk_got),
    .live_tag_i, .live_pend_o(live_pend), .live_late_o(live_late), .live_quiet_o(),
    .upd_i, .upd_got_i, .upd_poison_i, .upd_ends_i, .fin_i, .fin_tag_i, .fin_status_i,
    .run_head_i, .run_done_o(run_done), .run_status_o(run_status), .run_free_i,
    .run_free_tag_i, .fetch_free_tag_i,
    .fetch_head_i, .fetch_done_o(fetch_done), .fetch_status_o(fetch_status), .fetch_free_i
  );

  // ---- The tag that is watched
  logic [5:0] tag_q;
  logic       is_fetch, takes, sends, updates, ends, late_ends, frees;
  always_ff @(posedge clk_i) if (!rst_ni) tag_q <= pick_i;
  always_comb assume (rst_ni || 32'(pick_i) < NumTags);
  assign is_fetch = 32'(tag_q) < FetchTags;

  logic [5:0] taken;
  assign taken     = take_fetch_i ? fetch_tag : run_tag;
  assign takes     = take_i && taken == tag_q;
  assign sends     = sent_i && sent_tag_i == tag_q;
  assign updates   = upd_i && live_tag_i == tag_q && live_pend;
  assign late_ends = updates && upd_ends_i && live_late;
  assign ends      = fin_i && fin_tag_i == tag_q;
  assign frees     = (run_free_i && run_free_tag_i == tag_q) ||
                     (fetch_free_i && fetch_free_tag_i == tag_q);

  // held: its owner has not given it back. new: taken in the last cycle. flight: a
  // completion may come. sent: as a TLP. ended, timed: how its owner was told. age: cycles
  // since the last progress.
  logic       held_q, new_q, flight_q, sent_q, ended_q, timed_q, poison_q, reset_q;
  logic [3:0] status_q;
  logic [7:0] age_q;
  logic       expires;
  (* hierconn *) wire [NumTags-1:0]   \dut.owned_q ;
  (* hierconn *) wire [NumTags-1:0]   \dut.pend_q ;
  (* hierconn *) wire [NumTags-1:0]   \dut.done_q ;
  (* hierconn *) wire [NumTags-1:0]   \dut.late_q ;
  (* hierconn *) wire [NumTags-1:0]   \dut.armed_q ;
  (* hierconn *) wire [NumTags-1:0]   \dut.poison_q ;
  (* hierconn *) wire [4*NumTags-1:0] \dut.age_q ;
  (* hierconn *) wire [4*NumTags-1:0] \dut.status_q ;
  (* hierconn *) wire [28:0]          \dut.tick_q ;
  (* hierconn *) wire [28:0]          \dut.near_q ;
  (* hierconn *) wire                 \dut.tick ;
  (* hierconn *) wire [3:0]           \dut.quick_q ;
  (* hierconn *) wire                 \dut.take_q ;
  (* hierconn *) wire [5:0]           \dut.take_tag_q ;
  logic owned, pend, done, late, armed, offered_run, offered_fetch, offered;
  logic [3:0] ticks;
  assign owned = \dut.owned_q [tag_q];
  assign pend  = \dut.pend_q [tag_q];
  assign done  = \dut.done_q [tag_q];
  assign late  = \dut.late_q [tag_q];
  assign armed = \dut.armed_q [tag_q];
  assign ticks = \dut.age_q [4*tag_q+:4];
  // The table lets a tag expire; what it may then do is asserted below.
  assign expires = sent_q && flight_q && !updates && !ends && \dut.tick_q == Period - 1 &&
                   ticks == 4'd8;

  (* hierconn *) wire \dut.cr_valid_q ;
  assign offered_run   = \dut.cr_valid_q && run_tag == tag_q && !is_fetch;
  assign offered_fetch = fetch_valid && fetch_tag == tag_q && is_fetch;
  assign offered       = offered_run || offered_fetch;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      held_q   <= 1'b0;
      new_q    <= 1'b0;
      flight_q <= 1'b0;
      sent_q   <= 1'b0;
      ended_q  <= 1'b0;
      timed_q  <= 1'b0;
      age_q    <= '0;
    end else begin
      new_q <= takes;
      if (age_q != 8'hff) age_q <= age_q + 1'b1;
      if (expires) begin
        age_q <= '0;
        if (timed_q) flight_q <= 1'b0;
        else reset_q <= flr_i;
        timed_q <= 1'b1;
      end
      if (sends && !sent_dropped_i) sent_q <= 1'b1;
      if (sends && sent_dropped_i) begin
        flight_q <= 1'b0;
        ended_q  <= 1'b1;
        status_q <= 4'(DMA_ABORTED);
      end
      if (sends || updates) age_q <= '0;
      if (updates && upd_poison_i) poison_q <= 1'b1;
      if (late_ends) flight_q <= 1'b0;
      if (ends) begin
        flight_q <= 1'b0;
        ended_q  <= 1'b1;
        status_q <= poison_q && fin_status_i == 4'(DMA_OK) ? 4'(DMA_POISON) : fin_status_i;
      end
      if (frees) held_q <= 1'b0;
      if (takes) begin
        held_q   <= 1'b1;
        flight_q <= 1'b1;
        sent_q   <= 1'b0;
        ended_q  <= 1'b0;
        timed_q  <= 1'b0;
        poison_q <= 1'b0;
      end
    end
  end

  // A function level reset ends what is under way, too; with the shortest time-out
  // there is, in the same time.
  logic [3:0] timed_status;
  assign timed_status = reset_q ? 4'(DMA_ABORTED) : 4'(DMA_TIMEOUT);

  // ---- What the neighbours promise. For all tags:
  always_comb begin
    assume (!take_i || (take_fetch_i ? fetch_valid : run_valid));
    assume (32'(sent_tag_i) < NumTags && 32'(live_tag_i) < NumTags && 32'(fin_tag_i) < NumTags &&
            32'(run_head_i) < NumTags && 32'(fetch_head_i) < NumTags &&
            32'(run_free_tag_i) < NumTags && 32'(fetch_free_tag_i) < NumTags);
    // An owner gives back what is done and its own.
    assume (!run_free_i || (\dut.done_q [run_free_tag_i] && 32'(run_free_tag_i) >= FetchTags));
    assume (!fetch_free_i || (\dut.done_q [fetch_free_tag_i] &&
                               32'(fetch_free_tag_i) < FetchTags));
    // For this tag: sent once, two cycles after it was taken or later; ended once, when all
    // of it was counted or it went to device memory, well before it expires; given back once.
    assume (!sends || (held_q && flight_q && !new_q && !sent_q && !ends));
    assume (!ends || (flight_q && !new_q && !ended_q && !timed_q));
    assume (!frees || held_q);
    assume (!updates || !ends);
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      inner_tag: assert (32'(tag_q) < NumTags);
      inner_owned: assert (owned == (held_q || offered));
      inner_new: assert (new_q == (\dut.take_q && \dut.take_tag_q == tag_q) && (!new_q || flight_q));
      inner_pend: assert (pend == (flight_q && !new_q));
      inner_armed: assert (armed == (flight_q && sent_q));
      if ((flight_q || held_q) && !new_q) inner_late: assert (late == timed_q);
      inner_done: assert (done == (held_q && (ended_q || timed_q)));
      if (flight_q && !new_q && !timed_q) inner_poison: assert (\dut.poison_q [tag_q] == poison_q);
      if (held_q && ended_q && !timed_q) inner_status: assert (\dut.status_q [4*tag_q+:4] == status_q);
      if (held_q && timed_q) inner_timeout: assert (\dut.status_q [4*tag_q+:4] == timed_status);
      inner_states: assert ((!flight_q || held_q || timed_q) && (!ended_q || !flight_q) &&
                            !(ended_q && timed_q) && !(flight_q && timed_q && !sent_q));
      inner_offer: assert (!offered || (!held_q && !flight_q));
      inner_ends: assert (\dut.near_q == Period - 2 && \dut.tick == (\dut.tick_q == Period - 1));
      inner_quick: assert (\dut.quick_q == \dut.tick_q [3:0]);
      inner_tick: assert (\dut.tick_q < Period && ticks <= 4'd8);
      if (armed) inner_age: assert ({4'd0, age_q} + 12'd16 >= ticks * 12'd16 + \dut.tick_q [3:0] &&
                                    {4'd0, age_q} <= ticks * 12'd16 + \dut.tick_q [3:0]);
      inner_pools: assert (32'(run_tag) < NumTags && 32'(fetch_tag) < NumTags &&
        (!\dut.cr_valid_q || 32'(run_tag) >= FetchTags) &&
        (!fetch_valid || 32'(fetch_tag) < FetchTags));
      inner_one: assert (!(offered_run && offered_fetch));
    end
  end

  logic       expired_q, free_q, free_qq, ext_q, ext_qq;
  logic [7:0] expired_age_q;
  always_ff @(posedge clk_i) begin
    ext_q         <= ext_tag_i;
    ext_qq        <= ext_q;
    free_qq       <= free_q;
    expired_q     <= rst_ni && armed && !late;
    expired_age_q <= age_q;
    free_q        <= rst_ni && !held_q && !flight_q && (is_fetch || tag_q < 6'd32 || ext_tag_i);
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      if (takes) never_handed_out_twice: assert (!held_q && !flight_q);
      if (run_valid && run_tag == tag_q) own_pool_run: assert (!is_fetch);
      if (fetch_valid && fetch_tag == tag_q) own_pool_fetch: assert (is_fetch);
      if (run_valid && !ext_tag_i) short_tags: assert (run_tag < 6'd32);
      if (held_q && run_head_i == tag_q) run_told: assert (run_done == (ended_q || timed_q));
      if (held_q && run_head_i == tag_q && run_done)
        run_right: assert (run_status == (timed_q ? timed_status : status_q));
      if (held_q && fetch_head_i == tag_q && fetch_done)
        fetch_right: assert (fetch_status == (timed_q ? timed_status : status_q));
      // A tag that just became late did so after 8 to 9 eighths without progress.
      if (expired_q && armed && late)
        not_too_early: assert (expired_age_q >= 8 * Period - 1 && expired_age_q < 9 * Period);
      if (armed) not_too_late: assert (age_q < 9 * Period);
      // Nobody's: on offer, or another of its pool is.
      if (free_q && is_fetch) fetch_on_offer: assert (fetch_valid || held_q);
      if (free_q && free_qq && !is_fetch && ext_tag_i == ext_q && ext_q == ext_qq)
        run_on_offer: assert (run_valid || held_q);
      if (flight_q && sent_q && !timed_q) pending_told: assert (pending);
    end
    if (rst_ni) begin
      used_again: cover (takes && ended_q);
      poisoned: cover (held_q && run_head_i == tag_q && run_done && !timed_q && poison_q);
    end
  end

  if (NumTags > 32) begin : gen_long
    always_ff @(posedge clk_i) begin
      if (rst_ni) long_tag: cover (takes && tag_q >= 6'd32);
    end
  end
endmodule
