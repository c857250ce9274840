// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Operand fetch of the decode stage: register file, forwarding from the three
// later stages, and the interlock for results that come late.
// Timing: combinational from the stages' registers to the operand registers,
// plus the path through the ALU and back.

module rl_core_operands (
  input  logic        clk_i,

  // decode stage
  input  logic [4:0]  rs1_i,
  input  logic [4:0]  rs2_i,
  input  logic        use_rs1_i,
  input  logic        use_rs2_i,
  input  logic        a_is_reg_i,     // the first operand is rs1
  input  logic [31:0] a_other_i,      // else this
  input  logic        b_is_reg_i,     // the second operand is rs2
  input  logic [31:0] b_other_i,
  output logic [31:0] op_a_o,
  output logic [31:0] op_b_o,
  output logic [31:0] rs2_value_o,    // of a store, whatever the operands
  output logic        hazard_o,       // an operand is not there yet
  output logic        hazard_mul_o,   // ... it comes from multiply or divide

  // execute stage; we bits include the stage's valid
  input  logic        x_we_i,
  input  logic [4:0]  x_rd_i,
  input  logic        x_late_i,       // the value exists in write-back only
  input  logic        x_muldiv_i,
  input  logic [31:0] x_value_i,

  // memory and commit stage
  input  logic        m_we_i,
  input  logic [4:0]  m_rd_i,
  input  logic        m_late_i,
  input  logic        m_muldiv_i,
  input  logic [31:0] m_value_i,

  // write-back stage
  input  logic        w_we_i,
  input  logic [4:0]  w_rd_i,
  input  logic [31:0] w_value_i
);

  logic [31:0] reg_a, reg_b;

  rl_core_regfile u_regfile (
    .clk_i,
    .raddr_a_i (rs1_i),
    .rdata_a_o (reg_a),
    .raddr_b_i (rs2_i),
    .rdata_b_o (reg_b),
    .we_i      (w_we_i),
    .waddr_i   (w_rd_i),
    .wdata_i   (w_value_i)
  );

  logic x_hit_a, m_hit_a, w_hit_a;
  logic x_hit_b, m_hit_b, w_hit_b;
  assign x_hit_a = x_we_i && x_rd_i == rs1_i;
  assign m_hit_a = m_we_i && m_rd_i == rs1_i;
  assign w_hit_a = w_we_i && w_rd_i == rs1_i;
  assign x_hit_b = x_we_i && x_rd_i == rs2_i;
  assign m_hit_b = m_we_i && m_rd_i == rs2_i;
  assign w_hit_b = w_we_i && w_rd_i == rs2_i;

  // The youngest writer wins; a hit on a late value is caught as a hazard. The
  // ALU's result comes last and goes through one multiplexer only.
  logic [31:0] old_a, old_b, old_rs2;
  assign old_a = !a_is_reg_i ? a_other_i :
                 m_hit_a ? m_value_i :
                 w_hit_a ? w_value_i : reg_a;
  assign old_rs2 = m_hit_b ? m_value_i :
                   w_hit_b ? w_value_i : reg_b;
  assign old_b   = b_is_reg_i ? old_rs2 : b_other_i;

  assign op_a_o      = (x_hit_a && a_is_reg_i) ? x_value_i : old_a;
  assign op_b_o      = (x_hit_b && b_is_reg_i) ? x_value_i : old_b;
  assign rs2_value_o = x_hit_b ? x_value_i : old_rs2;

  logic x_hit, m_hit;
  assign x_hit = (x_hit_a && use_rs1_i) || (x_hit_b && use_rs2_i);
  assign m_hit = (m_hit_a && use_rs1_i) || (m_hit_b && use_rs2_i);

  assign hazard_o     = (x_hit && x_late_i) || (m_hit && m_late_i);
  assign hazard_mul_o = (x_hit && x_late_i) ? x_muldiv_i : m_muldiv_i;

endmodule
