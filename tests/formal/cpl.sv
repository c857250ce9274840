// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// rl_pcie_cpl: a reserved slot is its owner's until its dword has left it; an answer of
// the firmware reaches the slot of its tag, once, and only while that waits; slots leave
// in order, collected by the lengths of the jobs; what is given up is answered with ones.
// One slot, whichever, is followed.
module cpl #(
  parameter int unsigned Slots = 4
) (
  input logic        clk_i,
  input logic        job_valid_i,
  input logic [63:0] job_i,
  input logic        job_slot_i,
  input logic        slot_valid_i,
  input logic        slot_wait_i,
  input logic [31:0] slot_data_i,
  input logic        reply_valid_i,
  input logic [7:0]  reply_tag_i,
  input logic [31:0] reply_data_i,
  input logic        give_up_i,
  input logic        beat_ready_i,
  input logic        hdr_ready_i,
  input logic        pick_i
);
`include "common.svh"
  logic         job_ready, slot_ready, waiting, late, beat_valid, hdr_valid, idle;
  logic [7:0]   slot_tag;
  logic [127:0] beat;
  cpl_t         job, hdr;
  assign job = job_i;

  rl_pcie_cpl #(.Slots(Slots)) dut (
    .clk_i, .rst_ni, .job_valid_i, .job_ready_o(job_ready), .job_i, .job_slot_i,
    .slot_valid_i, .slot_ready_o(slot_ready), .slot_wait_i, .slot_data_i,
    .slot_tag_o(slot_tag), .reply_valid_i, .reply_tag_i, .reply_data_i, .give_up_i,
    .waiting_o(waiting), .late_o(late), .beat_valid_o(beat_valid), .beat_ready_i,
    .beat_o(beat), .hdr_valid_o(hdr_valid), .hdr_ready_i, .hdr_o(hdr), .idle_o(idle)
  );

  (* hierconn *) wire [7:0]       \dut.head_q ;
  (* hierconn *) wire [7:0]       \dut.tail_q ;
  (* hierconn *) wire [Slots-1:0] \dut.waiting_q ;
  (* hierconn *) wire [Slots-1:0] \dut.replied_q ;
  (* hierconn *) wire [Slots-1:0] \dut.dead_q ;
  (* hierconn *) wire             \dut.leave ;
  (* hierconn *) wire             \dut.take ;
  (* hierconn *) wire             \dut.u_dwords.wptr_q ;
  (* hierconn *) wire             \dut.u_dwords.rptr_q ;
  (* hierconn *) wire [1:0]       \dut.u_dwords.count_q ;
  (* hierconn *) wire             \dut.u_dwords.valid_o ;
  (* hierconn *) wire [32:0]      \dut.u_dwords.data_o ;
  (* hierconn *) wire [32:0]      \dut.u_dwords.mem_q[0] ;
  (* hierconn *) wire [32:0]      \dut.u_dwords.mem_q[1] ;
  (* hierconn *) wire [4:0]       \dut.count_q ;
  (* hierconn *) wire             \dut.begun_q ;
  (* hierconn *) wire             \dut.last_q ;
  (* hierconn *) wire [127:0]     \dut.acc_q ;
  (* hierconn *) wire [31:0] \dut.given_q[0] ;
  (* hierconn *) wire [31:0] \dut.given_q[1] ;
  (* hierconn *) wire [31:0] \dut.given_q[2] ;
  (* hierconn *) wire [31:0] \dut.given_q[3] ;
  (* hierconn *) wire [31:0] \dut.reply_q[0] ;
  (* hierconn *) wire [31:0] \dut.reply_q[1] ;
  (* hierconn *) wire [31:0] \dut.reply_q[2] ;
  (* hierconn *) wire [31:0] \dut.reply_q[3] ;

  // ---- The slot that is watched: what its dword has to be
  typedef enum logic [2:0] {StNone, StWaits, StHas, StOut, StGathered} state_e;
  logic [2:0]  state_q;
  logic [7:0]  tag_q, free_q;    // free: slots that may still be reserved
  logic [31:0] due_q, given, reply, dword;
  logic        given_up_q, ahead_q, reserve, replies, leaves, taken, is_head;
  logic [1:0]  lane_q, dwords;
  logic [32:0] shown, behind;
  assign reserve = slot_valid_i && slot_ready;
  assign is_head = \dut.head_q == tag_q;
  assign leaves  = state_q == StHas && is_head && \dut.leave ;
  // Out of its slot, it may wait behind another dword (ahead).
  assign taken   = state_q == StOut && !ahead_q && \dut.take ;
  assign dwords  = \dut.u_dwords.count_q ;
  assign shown   = \dut.u_dwords.data_o ;
  assign behind  = \dut.u_dwords.rptr_q ? \dut.u_dwords.mem_q[1] : \dut.u_dwords.mem_q[0] ;
  assign replies = reply_valid_i && reply_tag_i == tag_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q    <= StNone;
      given_up_q <= 1'b0;
      free_q     <= Slots;
    end else begin
      free_q <= free_q - 8'(reserve) + 8'(\dut.leave );
      case (state_q)
        StNone: if (reserve && pick_i) begin
          state_q    <= slot_wait_i ? StWaits : StHas;
          tag_q      <= slot_tag;
          due_q      <= slot_data_i;
          given_up_q <= 1'b0;
        end
        StWaits: begin
          if (give_up_i) begin
            state_q    <= StHas;
            due_q      <= '1;
            given_up_q <= 1'b1;
          end else if (replies) begin
            state_q <= StHas;
            due_q   <= reply_data_i;
          end
        end
        StHas: if (leaves) begin
          state_q <= StOut;
          ahead_q <= dwords == 2'd1 && !\dut.take ;
        end
        StOut: if (taken) begin
          state_q <= beat_valid || !dut_data ? StNone : StGathered;
          lane_q  <= \dut.count_q [1:0];
        end else if (\dut.take ) begin
          ahead_q <= 1'b0;
        end
        default: if (beat_valid) state_q <= StNone;
      endcase
    end
  end
  logic dut_data, replied_q;
  always_ff @(posedge clk_i) if (leaves) replied_q <= \dut.replied_q [tag_q[1:0]];
  assign dut_data = hdr.data;
  assign dword = beat[32*\dut.count_q [1:0]+:32];

  // What is offered to the queue stays with the dwords that were taken.
  always_comb begin
    case (tag_q[1:0])
      2'd0: {given, reply} = {\dut.given_q[0] , \dut.reply_q[0] };
      2'd1: {given, reply} = {\dut.given_q[1] , \dut.reply_q[1] };
      2'd2: {given, reply} = {\dut.given_q[2] , \dut.reply_q[2] };
      default: {given, reply} = {\dut.given_q[3] , \dut.reply_q[3] };
    endcase
  end

  // A job with data takes slots, one without may wait for one; at most 32 dwords.
  always_comb begin
    assume (job.data ? job.len != 0 && job.len <= 10'd32 && !job_slot_i : job.len == 0);
  end

  (* hierconn *) wire [65:0] \dut.u_jobs.mem_q[0] ;
  (* hierconn *) wire [65:0] \dut.u_jobs.mem_q[1] ;
  (* hierconn *) wire [65:0] \dut.u_jobs.mem_q[2] ;
  (* hierconn *) wire [65:0] \dut.u_jobs.mem_q[3] ;
  (* hierconn *) wire [1:0]  \dut.u_jobs.wptr_q ;
  (* hierconn *) wire [1:0]  \dut.u_jobs.rptr_q ;
  (* hierconn *) wire [7:0]  \dut.used_q ;
  (* hierconn *) wire [2:0]  \dut.u_jobs.count_q ;
  (* hierconn *) wire        \dut.u_jobs.valid_o ;
  (* hierconn *) wire [65:0] \dut.u_jobs.data_o ;
  function automatic logic sane(input logic [65:0] entry);
    // {slots, one, ctx, status, locked, data, len, byte count, lower address}
    sane = entry[29] ? entry[28:19] != 0 && entry[28:19] <= 10'd32 && entry[65] &&
                       entry[64] == (entry[28:19] == 10'd1)
                     : entry[28:19] == 0 && entry[65] == entry[64];
  endfunction
  logic [3:0] in_use;
  logic [2:0] jobs;
  // What the FIFO shows is in its memory too, at the oldest place.
  logic [1:0]  first;
  logic [65:0] front;
  assign jobs  = \dut.u_jobs.count_q ;
  assign first = \dut.u_jobs.wptr_q - jobs[1:0];
  always_comb begin
    case (first)
      2'd0: front = \dut.u_jobs.mem_q[0] ;
      2'd1: front = \dut.u_jobs.mem_q[1] ;
      2'd2: front = \dut.u_jobs.mem_q[2] ;
      default: front = \dut.u_jobs.mem_q[3] ;
    endcase
  end
  for (genvar i = 0; i < 4; i++) begin : gen_use
    assign in_use[i] = 3'(2'(i - first)) < jobs;
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      inner_used: assert (8'(\dut.tail_q - \dut.head_q ) <= Slots &&
                          \dut.used_q == 8'(\dut.tail_q - \dut.head_q ));
      inner_free: assert (free_q == Slots - 8'(\dut.tail_q - \dut.head_q ));
      inner_jobs: assert (jobs <= 3'd4 && \dut.u_jobs.valid_o == (jobs != 0) &&
                          \dut.u_jobs.rptr_q == first + 2'(\dut.u_jobs.valid_o ));
      if (jobs != 0) inner_front: assert (\dut.u_jobs.data_o == front);
      inner_sane: assert ((!in_use[0] || sane(\dut.u_jobs.mem_q[0] )) &&
                          (!in_use[1] || sane(\dut.u_jobs.mem_q[1] )) &&
                          (!in_use[2] || sane(\dut.u_jobs.mem_q[2] )) &&
                          (!in_use[3] || sane(\dut.u_jobs.mem_q[3] )));
      if (state_q == StWaits || state_q == StHas)
        inner_inside: assert (8'(tag_q - \dut.head_q ) < 8'(\dut.tail_q - \dut.head_q ));
      inner_state: assert (state_q <= StGathered);
      if (state_q == StWaits)
        inner_waits: assert (!given_up_q && \dut.waiting_q [tag_q[1:0]] && !\dut.dead_q [tag_q[1:0]] &&
                             !\dut.replied_q [tag_q[1:0]]);
      if (state_q == StHas)
        inner_has: assert (!\dut.waiting_q [tag_q[1:0]] &&
          (given_up_q ? \dut.dead_q [tag_q[1:0]] && due_q == '1 : !\dut.dead_q [tag_q[1:0]] &&
           due_q == (\dut.replied_q [tag_q[1:0]] ? reply : given)));
      inner_dwords: assert (dwords <= 2'd2 && \dut.u_dwords.valid_o == (dwords != 0) &&
                            (\dut.u_dwords.wptr_q != \dut.u_dwords.rptr_q ) == dwords[1]);
      if (state_q == StOut)
        inner_out: assert (2'(ahead_q) < dwords && (ahead_q ? behind : shown) == {given_up_q, due_q});
      if (state_q == StGathered)
        inner_gathered: assert (\dut.acc_q [32*lane_q+:32] == due_q && lane_q < \dut.count_q [1:0]);
      inner_count: assert (\dut.count_q == 0 || (jobs != 0 && hdr.data &&
                           10'(\dut.count_q ) < hdr.len));
      inner_last: assert (\dut.begun_q == (\dut.count_q != 0) && (!\dut.begun_q ||
                          \dut.last_q == (10'(\dut.count_q ) + 10'd1 == hdr.len)));

      // Reserved only with room; what was reserved is not overwritten.
      reserved_with_room: assert (slot_ready == (free_q != 0));
      if (reserve && (state_q == StWaits || state_q == StHas))
        not_reserved_twice: assert (slot_tag[1:0] != tag_q[1:0]);
      // The oldest says whether it waits; what waits does not leave.
      if (is_head && state_q == StWaits) waiting_told: assert (waiting && !\dut.leave );
      if (is_head && state_q == StHas) not_waiting: assert (!waiting);
      // The dword as it goes into its beat, and later in the beat.
      if (taken && beat_valid) dword_right: assert (dword == due_q);
      if (state_q == StGathered && beat_valid) dword_kept: assert (beat[32*lane_q+:32] == due_q);
      if (taken) late_told: assert (late == given_up_q);
      if (beat_valid) beat_taken: assert (beat_ready_i);
      if (hdr_valid && hdr.data) header_with_last_beat: assert (beat_valid && hdr_ready_i);
      if (hdr_valid) header_taken: assert (hdr_ready_i);
      answered: cover (taken && !given_up_q && beat_valid && hdr_valid && replied_q);
      ones: cover (taken && given_up_q && beat_valid);
      collected: cover (state_q == StGathered && beat_valid && hdr_valid);
      late_reply: cover (state_q == StHas && given_up_q && replies);
      status_only: cover (taken && hdr_valid && !hdr.data);
    end
  end
endmodule
