// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// ALU with adder, shifter, logic, and the branch comparison.
// Timing: combinational between the execute stage's operand registers and the
// next stage (or the operand registers again, by forwarding).

module rl_core_alu (
  input  rl_core_pkg::alu_op_e op_i,
  input  logic                 right_i,     // AluShift: to the right
  input  logic                 arith_i,     // AluShift: keep the sign
  input  logic                 less_i,      // branch on less, not on equal
  input  logic                 invert_i,    // branch on the opposite
  input  logic                 unsigned_i,  // compare unsigned
  input  logic [31:0]          a_i,
  input  logic [31:0]          b_i,
  output logic [31:0]          result_o,
  output logic [31:0]          sum_o,       // a + b, whatever the operation
  output logic                 branch_o     // the branch condition holds
);

  // One adder-subtractor; the plain sum is apart so that addresses do not
  // wait for the choice of the operation.
  logic        subtract;
  logic [31:0] addsub;
  assign sum_o    = a_i + b_i;
  assign subtract = op_i != rl_core_pkg::AluAdd;
  assign addsub   = a_i + (b_i ^ {32{subtract}}) + {31'd0, subtract};

  // Comparison, for slt and for branches.
  logic less, equal;
  logic [31:0] cmp_a, cmp_b;
  assign cmp_a = {a_i[31] ^ !unsigned_i, a_i[30:0]};
  assign cmp_b = {b_i[31] ^ !unsigned_i, b_i[30:0]};
  assign less  = cmp_a < cmp_b;
  assign equal = a_i == b_i;
  assign branch_o = (less_i ? less : equal) ^ invert_i;

  // Right shifter; left shifts go through it bit-reversed.
  logic [31:0] shift_in, shift_right, shift;
  logic        fill;
  always_comb begin
    for (int i = 0; i < 32; i++) begin
      shift_in[i] = right_i ? a_i[i] : a_i[31-i];
    end
  end
  assign fill = arith_i && right_i && a_i[31];
  always_comb begin
    shift_right = shift_in;
    if (b_i[4]) begin
      shift_right = {{16{fill}}, shift_right[31:16]};
    end
    if (b_i[3]) begin
      shift_right = {{8{fill}}, shift_right[31:8]};
    end
    if (b_i[2]) begin
      shift_right = {{4{fill}}, shift_right[31:4]};
    end
    if (b_i[1]) begin
      shift_right = {{2{fill}}, shift_right[31:2]};
    end
    if (b_i[0]) begin
      shift_right = {fill, shift_right[31:1]};
    end
  end
  always_comb begin
    for (int i = 0; i < 32; i++) begin
      shift[i] = right_i ? shift_right[i] : shift_right[31-i];
    end
  end

  always_comb begin
    unique case (op_i)
      rl_core_pkg::AluShift: result_o = shift;
      rl_core_pkg::AluSlt:   result_o = {31'd0, less};
      rl_core_pkg::AluXor:   result_o = a_i ^ b_i;
      rl_core_pkg::AluOr:    result_o = a_i | b_i;
      rl_core_pkg::AluAnd:   result_o = a_i & b_i;
      default:               result_o = addsub;
    endcase
  end

endmodule
