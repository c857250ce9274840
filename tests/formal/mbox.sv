// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// rl_pcie_mbox: entries reach the firmware once, unaltered and in the order in which
// they were taken; a write waits for one read at most and a read for one write; nothing
// is discarded, and no read given up, before the watchdog's time has passed; writes are
// taken again from then on.
module mbox #(
  parameter int unsigned Depth = 4,
  parameter int unsigned MboxWatchdog = 16
) (
  input logic        clk_i,
  input logic        clear_i,
  input logic        discard_i,
  input logic        w_valid_i,
  input logic [61:0] w_i,
  input logic        r_valid_i,
  input logic [61:0] r_i,
  input logic [1:0]  op_i,      // of the firmware: 0 none, 1 pop, 2 read head, 3 read data
  input logic        reply_i,   // and it answers instead
  input logic        alive_i,   // or says that it lives (with op_i 0)
  input logic [31:0] wdata_i,
  input logic        waiting_i,
  input logic        pick_i
);
`include "common.svh"
  localparam int unsigned CountW = $clog2(Depth + 1);

  logic        w_ready, r_ready, any, reply_valid, give_up;
  logic [31:0] rdata, reply_data;
  logic [7:0]  reply_tag;
  reg_req_t    request;
  logic        alive, discarded;
  assign alive = alive_i && op_i == 2'd0 && !reply_i;
  always_comb begin
    request.valid = op_i != 2'd0 || reply_i || alive_i;
    request.write = reply_i || alive || op_i == 2'd1;
    request.addr  = reply_i ? REG_MBOX_REPLY : alive ? REG_MBOX_ALIVE : op_i == 2'd1 ? REG_MBOX_POP :
                    op_i == 2'd2 ? REG_MBOX_HEAD : REG_MBOX_DATA;
    request.wdata = wdata_i;
  end

  rl_pcie_mbox #(.Depth(Depth), .MboxWatchdog(MboxWatchdog)) dut (
    .clk_i, .rst_ni, .clear_i, .discard_i,
    .w_valid_i, .w_ready_o(w_ready), .w_i, .r_valid_i, .r_ready_o(r_ready), .r_i,
    .reg_i(request), .reg_rdata_o(rdata), .event_o(any),
    .reply_valid_o(reply_valid), .reply_tag_o(reply_tag), .reply_data_o(reply_data),
    .waiting_i, .give_up_o(give_up), .discarded_o(discarded)
  );
  stream #(.Width(62), .Assume(1)) u_w (
    .clk_i, .rst_ni, .valid_i(w_valid_i), .ready_i(w_ready), .payload_i(w_i), .drop_i(1'b0)
  );
  stream #(.Width(62), .Assume(1)) u_r (
    .clk_i, .rst_ni, .valid_i(r_valid_i), .ready_i(r_ready), .payload_i(r_i), .drop_i(1'b0)
  );

  // ---- One entry, whichever
  logic [CountW-1:0] in_q, out_q, held, number_q;
  logic              w_taken, r_taken, stored, pop, watching_q, due;
  mbox_t             watched_q;
  assign w_taken = w_valid_i && w_ready;
  assign r_taken = r_valid_i && r_ready;
  assign held    = in_q - out_q;
  assign stored  = ((w_taken && !discard_i) || r_taken) && held != Depth && !clear_i;
  assign pop     = op_i == 2'd1 && !reply_i && held != 0;
  assign due     = watching_q && number_q == out_q;

  logic [4:0] idle_q, unanswered_q; // cycles without a pop of what waits, or without an answer
  logic       w_passed_q, r_passed_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      in_q       <= '0;
      out_q      <= '0;
      watching_q <= 1'b0;
    end else begin
      in_q  <= in_q + CountW'(stored);
      out_q <= out_q + CountW'(pop);
      if (pop && due) watching_q <= 1'b0;
      if (!watching_q && stored && pick_i) begin
        watching_q <= 1'b1;
        watched_q  <= r_taken ? r_i : w_i;
        number_q   <= in_q;
      end
    end
    if (!rst_ni || held == 0 || (op_i == 2'd1 && !reply_i) || give_up) idle_q <= '0;
    else if (idle_q != 5'd31) idle_q <= idle_q + 1'b1;
    if (!rst_ni || !waiting_i || give_up) unanswered_q <= '0;
    else if (unanswered_q != 5'd31) unanswered_q <= unanswered_q + 1'b1;
    // The other kind was taken while this one waited.
    w_passed_q <= rst_ni && w_valid_i && !w_taken && !discard_i && (w_passed_q || r_taken) && !clear_i;
    r_passed_q <= rst_ni && r_valid_i && !r_taken && (r_passed_q || (w_taken && !discard_i)) && !clear_i;
  end

  logic        read_head_q, read_data_q, due_q, reply_q, give_up_q, late_q, any_q, popped_q;
  logic [31:0] wdata_q;
  always_ff @(posedge clk_i) begin
    read_head_q <= rst_ni && op_i == 2'd2 && !reply_i;
    read_data_q <= rst_ni && op_i == 2'd3 && !reply_i;
    due_q       <= due;
    any_q       <= held != 0;
    reply_q     <= rst_ni && reply_i;
    wdata_q     <= wdata_i;
    give_up_q   <= give_up;
    late_q      <= rst_ni && (idle_q >= MboxWatchdog || unanswered_q >= MboxWatchdog);
    popped_q    <= pop || alive;
  end

  // For the induction.
  (* hierconn *) wire [4:0] \dut.take_timer_q ;
  (* hierconn *) wire [4:0] \dut.answer_timer_q ;
  (* hierconn *) wire       \dut.turn_q ;

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      not_overfull: assert (held <= Depth);
      event_right: assert (any == (held != 0));
      if (watching_q) watched_is_inside: assert (CountW'(number_q - out_q) < held);
      if (read_head_q && due_q) head_right: assert (rdata == {1'b1, watched_q.write, 1'b0,
          watched_q.cfg, watched_q.be, watched_q.tag, watched_q.addr});
      if (read_data_q && due_q) data_right: assert (rdata == watched_q.data);
      if (read_head_q && !any_q) empty_shown: assert (rdata == '0);
      one_at_a_time: assert (!(w_taken && !discard_i && r_taken));
      if ((w_taken && !discard_i || r_taken) && !give_up && !clear_i)
        nothing_discarded: assert (stored);
      if (r_taken) read_is_not_lost: assert (stored || give_up || clear_i);
      if (w_valid_i && (held != Depth || give_up || discard_i) && !(r_valid_i && r_taken))
        write_taken_with_room: assert (w_ready);
      if (r_valid_i && (held != Depth || give_up) && !w_taken) read_taken_with_room: assert (r_ready);
      if (w_taken && !discard_i) read_waits_once: assert (!r_passed_q);
      if (r_taken && !discard_i) write_waits_once: assert (!w_passed_q);
      if (give_up && !give_up_q && second) only_when_late: assert (late_q);
      discards_told: assert (discarded == (w_taken && !discard_i && held == Depth && !clear_i));
      if (give_up_q && !give_up) only_a_sign_of_life: assert (popped_q);
      if (late_q && !give_up_q) no_later: assert (give_up || popped_q);
      reply_once: assert (reply_valid == reply_q);
      if (reply_q) reply_right: assert (reply_tag == wdata_q[7:0]);
      inner_take: assert (\dut.take_timer_q == (idle_q < MboxWatchdog ? idle_q : MboxWatchdog));
      inner_answer: assert (\dut.answer_timer_q ==
                            (unanswered_q < MboxWatchdog ? unanswered_q : MboxWatchdog));
      full: cover (held == Depth && w_valid_i && r_valid_i);
      comes_out: cover (read_head_q && due_q && number_q == 3);
      given_up: cover (give_up && w_taken && held == Depth);
      back_again: cover (!give_up && give_up_q);
    end
  end
endmodule
