// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Tag table: two pools (fetches, runs), what each tag waits for, time-outs.
// A tag that timed out serves nobody until its completion comes or as much time passes
// again; the owner of a tag sees done and status and gives the tag back.
// In a function level reset nobody waits for the host: what is under way times out at once
// (in ticks of the shortest length), and is barred for the full time like any other.
module rl_dma_tags
  import rl_dma_pkg::*;
  import rl_regs_pkg::*;
#(
  parameter int unsigned NumTags   = 32, // 8 to 64
  parameter int unsigned FetchTags = 8   // tags 0 to FetchTags-1 are for fetches
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        ext_tag_i,
  input  logic [31:0] timeout_i,
  input  logic        flr_i,
  // Requests that timed out two cycles ago, but for a function level reset.
  output logic [6:0]  timeouts_o,

  // A free tag of each pool. take_i takes the one that take_fetch_i selects; what it was
  // taken for is known here two cycles later.
  output logic        run_valid_o,
  output logic [5:0]  run_tag_o,
  output logic        fetch_valid_o,
  output logic [5:0]  fetch_tag_o,
  input  logic        take_i,
  input  logic        take_fetch_i,
  input  logic [9:0]  take_len_i,
  input  logic [15:0] take_dst_i,
  // The request has left: its time begins, completions may come. A tag that device
  // memory serves never gets here.
  input  logic        sent_i,
  input  logic        sent_dropped_i, // it went nowhere, for bus mastering is off
  input  logic [5:0]  sent_tag_i,
  // Requests have left whose completions are due.
  output logic        pending_o,

  // What a completion's tag asked for, and the bytes that came before.
  input  logic [5:0]  lk_tag_i,
  output logic [9:0]  lk_len_o,
  output logic [15:0] lk_dst_o,
  output logic [9:0]  lk_got_o,
  // State of a completion's tag; update of its bytes.
  input  logic [5:0]  live_tag_i,
  output logic        live_pend_o,
  output logic        live_late_o,
  output logic        live_quiet_o,   // late because of a function level reset: no error
  input  logic        upd_i,        // counts if the tag waits for it
  input  logic [9:0]  upd_got_i,
  input  logic        upd_poison_i,
  input  logic        upd_ends_i,   // nothing comes behind it
  // The last byte is where it belongs, or the request failed.
  input  logic        fin_i,
  input  logic [5:0]  fin_tag_i,
  input  status_t     fin_status_i,

  // Owners, in the order of their requests.
  input  logic [5:0]  run_head_i,
  output logic        run_done_o,
  output status_t     run_status_o,
  input  logic        run_free_i,
  input  logic [5:0]  run_free_tag_i,
  input  logic [5:0]  fetch_head_i,
  output logic        fetch_done_o,
  output status_t     fetch_status_o,
  input  logic        fetch_free_i,
  input  logic [5:0]  fetch_free_tag_i
);
  if (NumTags < 8 || NumTags > 64) begin : gen_tags
    $error("rl_dma_tags: NumTags must be 8 to 64");
  end
  if (FetchTags < 1 || FetchTags >= NumTags || FetchTags > 31) begin : gen_fetch
    $error("rl_dma_tags: both pools need tags, and one run tag below 32");
  end

  localparam int unsigned TickMin = 16; // a TLP passes through the sink in less than 8 of it
  localparam logic [3:0] AgeMax = 4'd9; // eight whole ticks at least

  typedef logic [5:0] tag_t;

  logic [NumTags-1:0] owned_q, pend_q, done_q, late_q, armed_q, poison_q, fresh_q, quiet_q;
  logic [NumTags-1:0][3:0] age_q;
  logic [NumTags-1:0][3:0] status_q;

  // ---- Free tags
  logic [NumTags-1:0] usable, free_run, free_fetch, one_run, one_fetch;
  logic               cr_valid_q, cf_valid_q, cr_load, cf_load, cr_stale;
  tag_t               cr_q, cf_q;
  logic               take_run, take_fetch;

  localparam logic [NumTags-1:0] FetchPool = NumTags'((64'd1 << FetchTags) - 64'd1);
  localparam logic [NumTags-1:0] ShortTags = NumTags'(64'hffff_ffff);

  // Number of the only bit that is set. Row b of HasBit: the tags whose bit b is set.
  localparam logic [5:0][63:0] HasBit = {64'hffff_ffff_0000_0000, 64'hffff_0000_ffff_0000,
                                         64'hff00_ff00_ff00_ff00, 64'hf0f0_f0f0_f0f0_f0f0,
                                         64'hcccc_cccc_cccc_cccc, 64'haaaa_aaaa_aaaa_aaaa};
  function automatic tag_t number(logic [NumTags-1:0] one);
    for (int unsigned b = 0; b < 6; b++) number[b] = |(one & HasBit[b][NumTags-1:0]);
  endfunction

  assign usable     = ~(owned_q | pend_q);
  assign free_fetch = usable & FetchPool;
  assign free_run   = usable & ~FetchPool & (ext_tag_i ? '1 : ShortTags);
  assign one_run    = free_run & (~free_run + 1'b1); // the lowest
  assign one_fetch  = free_fetch & (~free_fetch + 1'b1);

  assign take_run   = take_i && !take_fetch_i;
  assign take_fetch = take_i && take_fetch_i;
  assign cr_stale   = cr_valid_q && cr_q[5] && !ext_tag_i;
  assign cr_load    = (!cr_valid_q || take_run) && free_run != '0;
  assign cf_load    = (!cf_valid_q || take_fetch) && free_fetch != '0;

  assign run_valid_o   = cr_valid_q && !cr_stale;
  assign run_tag_o     = cr_q;
  assign fetch_valid_o = cf_valid_q;
  assign fetch_tag_o   = cf_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      cr_valid_q <= 1'b0;
      cf_valid_q <= 1'b0;
      cr_q       <= '0;
      cf_q       <= '0;
    end else begin
      if (cr_load) begin
        cr_valid_q <= 1'b1;
        cr_q       <= number(one_run);
      end else if (take_run || cr_stale) begin
        cr_valid_q <= 1'b0;
      end
      if (cf_load) begin
        cf_valid_q <= 1'b1;
        cf_q       <= number(one_fetch);
      end else if (take_fetch) begin
        cf_valid_q <= 1'b0;
      end
    end
  end

  // ---- Coarse time: eight ticks are a time-out
  logic [28:0] tick_q, period, near_q; // near: two cycles before the end of an eighth
  logic [$clog2(TickMin)-1:0] quick_q;
  logic        tick, tick_live;
  assign period = timeout_i[31:3] < 29'(TickMin) ? 29'(TickMin) : timeout_i[31:3];
  assign tick_live = flr_i ? quick_q == '1 : tick;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      near_q  <= 29'(TickMin - 2);
      tick_q  <= '0;
      tick    <= 1'b0;
      quick_q <= '0;
    end else begin
      near_q  <= period - 29'd2;
      tick_q  <= tick ? '0 : tick_q + 29'd1;
      tick    <= !tick && tick_q >= near_q;
      quick_q <= quick_q + 1'b1;
    end
  end

  // ---- State of each tag
  localparam int unsigned Tw = $clog2(NumTags);

  logic [Tw-1:0] take_at, sent_at, fin_at;
  assign take_at = take_tag_q[Tw-1:0];
  assign sent_at = sent_tag_i[Tw-1:0];
  assign fin_at  = fin_tag_i[Tw-1:0];

  // Whether a tag is taken is known late: its state changes a cycle later, well before its
  // request can leave.
  logic        take_q;
  tag_t        take_tag_q;
  logic [9:0]  take_len_q;
  logic [15:0] take_dst_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) take_q <= 1'b0;
    else take_q <= take_i;
  end
  always_ff @(posedge clk_i) begin
    take_tag_q <= take_fetch_i ? cf_q : cr_q;
    take_len_q <= take_len_i;
    take_dst_q <= take_dst_i;
  end

  // Ownership: held as soon as the tag is the pool's next one.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      owned_q <= '0;
    end else begin
      if (run_free_i) owned_q[run_free_tag_i[Tw-1:0]] <= 1'b0;
      if (fetch_free_i) owned_q[fetch_free_tag_i[Tw-1:0]] <= 1'b0;
      if (cr_stale && !take_run) owned_q[cr_q[Tw-1:0]] <= 1'b0;
      for (int unsigned t = 0; t < NumTags; t++) begin
        if ((cr_load && one_run[t]) || (cf_load && one_fetch[t])) owned_q[t] <= 1'b1;
      end
    end
  end

  // The time of a tag runs out. One that ends in this cycle has ended.
  logic [NumTags-1:0] aging, expire, upd;
  always_comb begin
    for (int unsigned t = 0; t < NumTags; t++) begin
      upd[t]    = upd_i && live_tag_i == 6'(t) && armed_q[t];
      aging[t]  = armed_q[t] && (late_q[t] ? tick : tick_live);
      expire[t] = aging[t] && age_q[t] == AgeMax - 4'd1 && !upd[t] && !(fin_i && fin_tag_i == 6'(t));
    end
  end

  logic [NumTags-1:0] expired_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      expired_q  <= '0;
      timeouts_o <= '0;
    end else begin
      expired_q  <= flr_i ? '0 : expire & ~late_q;
      timeouts_o <= 7'($countones(expired_q));
    end
  end

  // The rest. Later statements win.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pend_q   <= '0;
      done_q   <= '0;
      late_q   <= '0;
      armed_q  <= '0;
      poison_q <= '0;
      fresh_q  <= '0;
      quiet_q  <= '0;
      age_q    <= '0;
      status_q <= '0;
    end else begin
      for (int unsigned t = 0; t < NumTags; t++) begin
        if (aging[t]) age_q[t] <= age_q[t] == AgeMax - 4'd1 ? '0 : age_q[t] + 4'd1;
        if (expire[t] && late_q[t]) begin
          pend_q[t]  <= 1'b0;
          armed_q[t] <= 1'b0;
        end else if (expire[t]) begin
          late_q[t]   <= 1'b1;
          done_q[t]   <= 1'b1;
          quiet_q[t]  <= flr_i;
          status_q[t] <= flr_i ? 4'(DMA_ABORTED) : 4'(DMA_TIMEOUT);
        end
      end
      if (sent_i && sent_dropped_i) begin
        pend_q[sent_at]   <= 1'b0;
        done_q[sent_at]   <= 1'b1;
        status_q[sent_at] <= 4'(DMA_ABORTED);
      end else if (sent_i) begin
        armed_q[sent_at] <= 1'b1;
        age_q[sent_at]   <= '0;
      end
      for (int unsigned t = 0; t < NumTags; t++) begin
        if (upd[t]) begin
          age_q[t]   <= '0;
          fresh_q[t] <= 1'b0;
          if (upd_poison_i) poison_q[t] <= 1'b1;
          if (upd_ends_i && late_q[t]) begin
            pend_q[t]  <= 1'b0;
            armed_q[t] <= 1'b0;
          end
        end
      end
      if (fin_i) begin
        pend_q[fin_at]  <= 1'b0;
        armed_q[fin_at] <= 1'b0;
        if (!late_q[fin_at]) begin
          done_q[fin_at]   <= 1'b1;
          status_q[fin_at] <= poison_q[fin_at] && fin_status_i == 4'(DMA_OK) ? 4'(DMA_POISON)
                                                                            : fin_status_i;
        end
      end
      if (run_free_i) done_q[run_free_tag_i[Tw-1:0]] <= 1'b0;
      if (fetch_free_i) done_q[fetch_free_tag_i[Tw-1:0]] <= 1'b0;
      if (take_q) begin
        pend_q[take_at]   <= 1'b1;
        late_q[take_at]   <= 1'b0;
        poison_q[take_at] <= 1'b0;
        fresh_q[take_at]  <= 1'b1;
      end
    end
  end

  assign pending_o      = (armed_q & ~late_q) != '0;
  assign live_pend_o    = armed_q[live_tag_i[$clog2(NumTags)-1:0]] && 32'(live_tag_i) < NumTags;
  assign live_late_o    = late_q[live_tag_i[$clog2(NumTags)-1:0]];
  assign live_quiet_o   = quiet_q[live_tag_i[$clog2(NumTags)-1:0]];
  assign run_done_o     = done_q[run_head_i[$clog2(NumTags)-1:0]];
  assign run_status_o   = status_q[run_head_i[$clog2(NumTags)-1:0]];
  assign fetch_done_o   = done_q[fetch_head_i[$clog2(NumTags)-1:0]];
  assign fetch_status_o = status_q[fetch_head_i[$clog2(NumTags)-1:0]];

  // ---- What was asked (written by the requests), what came (written by the sink)
  logic [25:0] asked_q [64];
  logic [9:0]  got_q   [64];

  always_ff @(posedge clk_i) begin
    if (take_q) asked_q[take_tag_q] <= {take_len_q, take_dst_q};
  end
  always_ff @(posedge clk_i) begin
    if (upd_i) got_q[live_tag_i] <= upd_got_i;
  end

  assign {lk_len_o, lk_dst_o} = asked_q[lk_tag_i];
  assign lk_got_o = fresh_q[lk_tag_i[$clog2(NumTags)-1:0]] ? '0 : got_q[lk_tag_i];

  logic unused;
  assign unused = ^{timeout_i[2:0], sent_tag_i, run_head_i, fetch_head_i, run_free_tag_i,
                    fetch_free_tag_i};
endmodule
