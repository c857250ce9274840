// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Completion builder for everything but BAR2: a queue of completions to come and a ring
// of slots, one per dword. A slot is filled when it is reserved or by the firmware under
// its tag; slots are emptied in order, and their dwords collected into completions.
module rl_pcie_cpl
  import rl_pcie_pkg::*;
#(
  parameter int unsigned Slots = 16 // power of two, 2 to 128
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  // A completion to come: it takes len slots when it has data; slot: without data,
  // but it waits for one slot.
  input  logic        job_valid_i,
  output logic        job_ready_o,
  input  cpl_t        job_i,
  input  logic        job_slot_i,

  // Reserve the next slot; its tag. wait: the data follow from the firmware.
  input  logic        slot_valid_i,
  output logic        slot_ready_o,
  input  logic        slot_wait_i,
  input  logic [31:0] slot_data_i,
  output logic [7:0]  slot_tag_o,

  // Answer of the firmware; a tag that does not wait is dropped.
  input  logic        reply_valid_i,
  input  logic [7:0]  reply_tag_i,
  input  logic [31:0] reply_data_i,
  // While set, whatever waits is answered with ones.
  input  logic        give_up_i,
  // The oldest slot waits for the firmware.
  output logic        waiting_o,
  // Pulse: a dword left whose slot was given up.
  output logic        late_o,

  // To the completion queue: beats, and the header with the last one.
  output logic         beat_valid_o,
  input  logic         beat_ready_i,
  output logic [127:0] beat_o,
  output logic         hdr_valid_o,
  input  logic         hdr_ready_i,
  output cpl_t         hdr_o,
  // Nothing inside.
  output logic         idle_o
);
  localparam int unsigned IdxW = $clog2(Slots);

  if (Slots < 2 || Slots > 128 || (Slots & (Slots - 1)) != 0) begin : gen_slots
    $error("rl_pcie_cpl: Slots must be a power of two, 2 to 128");
  end

  // ---- Slots -------------------------------------------------------------------------
  logic [7:0]       head_q, tail_q, used_q; // used: tail - head
  logic [Slots-1:0] waiting_q, waiting_d, replied_q, replied_d, dead_q, dead_d;
  logic [31:0]      given_q [Slots];  // filled when reserved
  logic [31:0]      reply_q [Slots];  // filled by the firmware
  logic             reserve, reply_hit, leave;
  logic [IdxW-1:0]  head, tail, reply;

  assign head         = head_q[IdxW-1:0];
  assign tail         = tail_q[IdxW-1:0];
  assign reply        = reply_tag_i[IdxW-1:0];
  assign slot_ready_o = used_q != 8'(Slots);
  assign slot_tag_o   = tail_q;
  assign reserve      = slot_valid_i && slot_ready_o;
  assign reply_hit    = reply_valid_i && (reply_tag_i - head_q) < used_q && waiting_q[reply];
  assign waiting_o    = used_q != 8'd0 && waiting_q[head];

  always_comb begin
    waiting_d = waiting_q;
    replied_d = replied_q;
    dead_d    = dead_q;
    if (give_up_i) begin
      dead_d    = dead_q | waiting_q;
      waiting_d = '0;
    end else if (reply_hit) begin
      waiting_d[reply] = 1'b0;
      replied_d[reply] = 1'b1;
    end
    if (reserve) begin
      waiting_d[tail] = slot_wait_i;
      replied_d[tail] = 1'b0;
      dead_d[tail]    = 1'b0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_q    <= '0;
      tail_q    <= '0;
      used_q    <= '0;
      waiting_q <= '0;
      replied_q <= '0;
      dead_q    <= '0;
    end else begin
      waiting_q <= waiting_d;
      replied_q <= replied_d;
      dead_q    <= dead_d;
      if (reserve) tail_q <= tail_q + 8'd1;
      if (leave)   head_q <= head_q + 8'd1;
      if (reserve != leave) used_q <= reserve ? used_q + 8'd1 : used_q - 8'd1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (reserve)   given_q[tail]  <= slot_data_i;
    if (reply_hit) reply_q[reply] <= reply_data_i;
  end

  // ---- Completions to come -----------------------------------------------------------
  // slots: it takes any; one: just one.
  logic job_valid, job_take, slots_in, one_in, slots, one;
  cpl_t job;

  assign slots_in = job_i.data || job_slot_i;
  assign one_in   = job_slot_i || job_i.len == 10'd1;

  logic [$clog2(Slots+1)-1:0] unused_count;
  rl_fifo #(.Width($bits(cpl_t) + 2), .Depth(Slots)) u_jobs (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(job_valid_i), .ready_o(job_ready_o), .data_i({slots_in, one_in, job_i}),
    .valid_o(job_valid), .ready_i(job_take), .data_o({slots, one, job}),
    .count_o(unused_count)
  );

  assign idle_o = !job_valid;

  // ---- Dwords, out of their slots: which of three it is and whether it is there takes long.
  logic        have, d_room, d_valid, dead, take;
  logic [31:0] dword_in, dword;
  logic [1:0]  unused_d_count;

  assign dword_in = dead_q[head] ? 32'hFFFF_FFFF : replied_q[head] ? reply_q[head] : given_q[head];
  assign have     = used_q != 8'd0 && !waiting_q[head];
  assign leave    = have && d_room;

  rl_fifo #(.Width(33), .Depth(2)) u_dwords (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(have), .ready_o(d_room), .data_i({dead_q[head], dword_in}),
    .valid_o(d_valid), .ready_i(take), .data_o({dead, dword}),
    .count_o(unused_d_count)
  );

  // ---- Collect -------------------------------------------------------------------------
  logic [4:0]   count_q;   // dwords of this completion taken
  logic [127:0] acc_q, acc_d;
  logic         begun_q, last_q, last, beat_full; // begun: count is not 0

  assign last      = begun_q ? last_q : one;
  assign beat_full = job.data && (last || count_q[1:0] == 2'd3);

  always_comb begin
    acc_d = count_q[1:0] == 2'd0 ? 128'd0 : acc_q;
    acc_d[32*count_q[1:0]+:32] = dword;
  end

  assign take = job_valid && slots && d_valid &&
                (!beat_full || beat_ready_i) && (!last || hdr_ready_i);
  assign job_take     = job_valid && (slots ? take && last : hdr_ready_i);
  assign beat_valid_o = take && beat_full;
  assign beat_o       = acc_d;
  assign hdr_valid_o  = job_take;
  assign hdr_o        = job;
  assign late_o       = take && dead;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q <= '0;
      begun_q <= 1'b0;
    end else if (job_take) begin
      count_q <= '0;
      begun_q <= 1'b0;
    end else if (take) begin
      count_q <= count_q + 5'd1;
      begun_q <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      acc_q  <= acc_d;
      last_q <= 10'(count_q) + 10'd2 == job.len;
    end
  end
endmodule
