// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Mailbox: accesses to the virtio structures wait here for the firmware. When the
// firmware takes nothing for MboxWatchdog cycles, or leaves the oldest read unanswered
// that long, it is given up until it takes an entry or says that it lives: reads are
// answered with ones and writes that find no room are discarded.
module rl_pcie_mbox
  import rl_pkg::*;
  import rl_pcie_pkg::*;
  import rl_regs_pkg::*;
#(
  parameter int unsigned Depth = 32,             // entries, power of two
  parameter int unsigned MboxWatchdog = 125000   // cycles, at least 16
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  // Function level reset starts: the entries are of no use any more.
  input  logic        clear_i,
  // In a function level reset: writes are taken and discarded.
  input  logic        discard_i,

  // Posted writes and reads; they take turns when both wait.
  input  logic        w_valid_i,
  output logic        w_ready_o,
  input  mbox_t       w_i,
  input  logic        r_valid_i,
  output logic        r_ready_o,
  input  mbox_t       r_i,

  // Registers 0x200 to 0x27f.
  input  reg_req_t    reg_i,
  output logic [31:0] reg_rdata_o,
  output logic        event_o,

  // Answer of the firmware.
  output logic        reply_valid_o,
  output logic [7:0]  reply_tag_o,
  output logic [31:0] reply_data_o,
  input  logic        waiting_i,  // the oldest read waits for its answer
  output logic        give_up_o,
  output logic        discarded_o   // pulse: a write went nowhere, for the firmware takes nothing
);
  if (MboxWatchdog < 16) begin : gen_watchdog
    $error("rl_pcie_mbox: MboxWatchdog must be at least 16 cycles");
  end

  // ---- FIFO ----------------------------------------------------------------------------
  logic  push_valid, push_ready, valid, pop, alive, turn_q;
  mbox_t push, head;

  logic [$clog2(Depth+1)-1:0] unused_count;
  rl_fifo #(.Width($bits(mbox_t)), .Depth(Depth)) u_fifo (
    .clk_i, .rst_ni, .clear_i,
    .valid_i(push_valid), .ready_o(push_ready), .data_i(push),
    .valid_o(valid), .ready_i(pop), .data_o(head),
    .count_o(unused_count)
  );

  // A write has the turn unless a read has seen another write go first; so whether it is taken
  // does not depend on what waits beside it, which is known late.
  logic w_wants, pick_r, room, give_up_q;
  assign w_wants    = w_valid_i && !discard_i;
  assign pick_r     = r_valid_i && (turn_q || !w_wants);
  assign push_valid = (pick_r || (w_wants && !turn_q)) && !clear_i;
  assign push       = pick_r ? r_i : w_i;
  assign room       = push_ready || give_up_q;
  assign w_ready_o  = discard_i || (!turn_q && room);
  assign r_ready_o  = pick_r && room;
  assign discarded_o = w_wants && !turn_q && !push_ready && give_up_q && !clear_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) turn_q <= 1'b0;
    else if (push_valid && room) turn_q <= !pick_r && r_valid_i;
    else turn_q <= turn_q && r_valid_i && !clear_i;
  end

  // ---- Watchdog --------------------------------------------------------------------------
  localparam int unsigned TimerW = $clog2(MboxWatchdog + 1);
  logic [TimerW-1:0] take_timer_q, answer_timer_q;

  assign give_up_o = give_up_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      take_timer_q   <= '0;
      answer_timer_q <= '0;
      give_up_q      <= 1'b0;
    end else begin
      if (pop || !valid || give_up_q) take_timer_q <= '0;
      else if (take_timer_q != TimerW'(MboxWatchdog)) take_timer_q <= take_timer_q + 1'b1;
      // A read that is answered leaves before the next one waits at the front. The timers
      // stay at their end: a sign of life in that cycle only puts giving up off.
      if (!waiting_i || give_up_q) answer_timer_q <= '0;
      else if (answer_timer_q != TimerW'(MboxWatchdog)) answer_timer_q <= answer_timer_q + 1'b1;
      if ((pop && valid) || alive) give_up_q <= 1'b0;
      else if (take_timer_q == TimerW'(MboxWatchdog) ||
               answer_timer_q == TimerW'(MboxWatchdog)) give_up_q <= 1'b1;
    end
  end

  // ---- Registers ---------------------------------------------------------------------------
  logic        write;
  logic [31:0] head_word;
  assign write   = reg_i.valid && reg_i.write;
  assign pop     = write && reg_i.addr == REG_MBOX_POP;
  assign alive   = write && reg_i.addr == REG_MBOX_ALIVE;
  assign event_o = valid;
  assign head_word = valid ? {1'b1, head.write, 1'b0, head.cfg, head.be, head.tag, head.addr} : 32'd0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reg_rdata_o   <= '0;
      reply_valid_o <= 1'b0;
      reply_tag_o   <= '0;
      reply_data_o  <= '0;
    end else begin
      reg_rdata_o   <= '0;
      reply_valid_o <= 1'b0;
      if (write && reg_i.addr == REG_MBOX_REPLY_DATA) reply_data_o <= reg_i.wdata;
      if (write && reg_i.addr == REG_MBOX_REPLY) begin
        reply_valid_o <= 1'b1;
        reply_tag_o   <= reg_i.wdata[7:0];
      end
      if (reg_i.valid && !reg_i.write) begin
        case (reg_i.addr)
          REG_MBOX_HEAD:       reg_rdata_o <= head_word;
          REG_MBOX_DATA:       reg_rdata_o <= valid ? head.data : 32'd0;
          REG_MBOX_REPLY_DATA: reg_rdata_o <= reply_data_o;
          default:             reg_rdata_o <= '0;
        endcase
      end
    end
  end
endmodule
