// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Aligner: cuts the queue of words into instructions of 16 or 32 bits, one in
// each cycle, and keeps their program counter.
// Timing: combinational from the queue's flip-flops to the outputs; state
// moves on when ready_i is given.

module rl_core_align #(
  parameter logic [31:0] ResetVector = 32'h0
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        flush_i,       // start again at an address
  input  logic [31:1] flush_addr_i,

  // from the fetch queue
  input  logic [1:0]  word_valid_i,
  input  logic [31:0] head_data_i,
  input  logic        head_err_i,
  input  logic        head_skip_low_i,
  input  logic        head_pred_i,
  input  logic        head_pred_upper_i,
  input  logic [31:1] head_target_i,
  input  logic [15:0] next_data_i,
  input  logic        next_err_i,
  input  logic        next_pred_i,
  input  logic [31:1] next_target_i,
  output logic        pop1_o,
  output logic        pop2_o,

  // to the decompressor
  output logic        valid_o,
  input  logic        ready_i,
  output logic [31:0] instr_o,
  output logic [31:1] pc_o,
  output logic        pred_o,        // predicted to jump to pred_target_o
  output logic [31:1] pred_target_o,
  output logic        bad_o,         // prediction ends inside: fetch again
  output logic        fault_o,       // instruction access fault
  output logic        fault_upper_o  // ... of its second half word
);

  logic        half_q;               // the head's lower half is used up
  logic [31:1] pc_q;

  logic        half, compressed, straddle, fire, last_upper;

  assign half       = half_q || head_skip_low_i;
  assign instr_o    = half ? {next_data_i, head_data_i[31:16]} : head_data_i;
  assign compressed = instr_o[1:0] != 2'b11;
  assign straddle   = half && !compressed && !head_err_i;

  assign valid_o = word_valid_i[0] && !flush_i &&
                   (!straddle || word_valid_i[1]);
  assign fire    = valid_o && ready_i;

  assign fault_o       = head_err_i || (straddle && next_err_i);
  assign fault_upper_o = !head_err_i;

  // The mark must lie on an instruction's last half word. When it does not,
  // what is behind is void anyway: the core fetches again from this place.
  assign bad_o = head_pred_i && !compressed && head_pred_upper_i == half;

  always_comb begin
    if (straddle) begin
      pred_o = next_pred_i;
    end else begin
      pred_o = head_pred_i &&
               head_pred_upper_i == (half || !compressed);
    end
    pred_target_o = straddle ? next_target_i : head_target_i;
  end

  // Which words are used up by this instruction.
  assign last_upper = half ? compressed : !compressed;
  always_comb begin
    pop1_o = 1'b0;
    pop2_o = 1'b0;
    if (fire) begin
      pop2_o = straddle && pred_o;
      pop1_o = straddle || last_upper || pred_o;
    end
  end

  assign pc_o = pc_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      half_q <= 1'b0;
      pc_q   <= ResetVector[31:1];
    end else if (flush_i) begin
      half_q <= 1'b0;
      pc_q   <= flush_addr_i;
    end else if (fire) begin
      half_q <= !pred_o && (straddle || (!half && compressed));
      pc_q   <= pred_o ? pred_target_o
                       : pc_q + {29'd0, !compressed, compressed};
    end
  end

endmodule
