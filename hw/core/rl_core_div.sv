// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Divider: one quotient bit in each cycle, signs taken off before and put
// back after.
// Timing: start_i with stable operands; done_o is high from 34 cycles later
// until ack_i or abort_i, and result_o is stable until the next start.

module rl_core_div (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        start_i,     // held while the operation is wanted
  input  logic        abort_i,     // give up, whatever the state
  input  logic        ack_i,       // result seen
  input  logic [1:0]  op_i,        // funct3[1:0]: div, divu, rem, remu
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic        done_o,
  output logic [31:0] result_o
);

  typedef enum logic [1:0] {
    StIdle = 2'd0,   // waiting for a start
    StRun  = 2'd1,   // 32 subtract-and-shift steps
    StSign = 2'd2,   // put the sign on the result
    StDone = 2'd3    // result waits for ack_i
  } state_e;

  state_e      state_q, state_d;
  logic [4:0]  count_q;
  logic [31:0] quotient_q, remainder_q, divisor_q, result_q;
  logic        negate_q;

  logic        is_signed, a_neg, b_neg;
  logic [32:0] partial, difference;
  logic [31:0] chosen;

  assign is_signed = !op_i[0];
  assign a_neg     = is_signed && a_i[31];
  assign b_neg     = is_signed && b_i[31];

  // The next bit of the dividend moves into the partial remainder.
  assign partial    = {remainder_q, quotient_q[31]};
  assign difference = partial - {1'b0, divisor_q};

  assign chosen = op_i[1] ? remainder_q : quotient_q;

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      StIdle:  if (start_i) state_d = StRun;
      StRun:   if (count_q == 5'd31) state_d = StSign;
      StSign:  state_d = StDone;
      default: if (ack_i) state_d = StIdle;
    endcase
    if (abort_i) begin
      state_d = StIdle;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      state_q <= state_d;
    end
  end

  always_ff @(posedge clk_i) begin
    unique case (state_q)
      StIdle: begin
        count_q     <= 5'd0;
        quotient_q  <= a_neg ? -a_i : a_i;
        divisor_q   <= b_neg ? -b_i : b_i;
        remainder_q <= 32'd0;
        // By zero: the quotient is all ones, whatever the sign.
        negate_q    <= op_i[1] ? a_neg : (a_neg != b_neg) && b_i != 32'd0;
      end
      StRun: begin
        count_q     <= count_q + 5'd1;
        quotient_q  <= {quotient_q[30:0], !difference[32]};
        remainder_q <= difference[32] ? partial[31:0] : difference[31:0];
      end
      StSign: result_q <= negate_q ? -chosen : chosen;
      default: ;
    endcase
  end

  assign done_o   = state_q == StDone;
  assign result_o = result_q;

endmodule
