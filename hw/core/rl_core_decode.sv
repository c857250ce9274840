// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Decoder of the 32-bit instruction forms: RV32IM, Zicsr, Zifencei, machine
// mode.
// Timing: combinational, from the decode stage's instruction register.

module rl_core_decode (
  input  logic [31:0]        instr_i,
  output rl_core_pkg::ctrl_t ctrl_o,
  output logic [31:0]        imm_o
);

  localparam logic [6:0] Load = 7'h03, MiscMem = 7'h0F, OpImm = 7'h13,
                         Auipc = 7'h17, Store = 7'h23, Op = 7'h33,
                         Lui = 7'h37, Branch = 7'h63, Jalr = 7'h67,
                         Jal = 7'h6F, System = 7'h73;

  logic [6:0] opcode, funct7;
  logic [2:0] funct3;
  logic [4:0] rs1, rd;
  logic       csr_write;

  assign opcode = instr_i[6:0];
  assign funct3 = instr_i[14:12];
  assign funct7 = instr_i[31:25];
  assign rs1    = instr_i[19:15];
  assign rd     = instr_i[11:7];

  // csrrs and csrrc with x0 or zero do not write.
  assign csr_write = !funct3[1] || rs1 != 5'd0;

  // Immediate by format. The formats follow from few opcode bits.
  always_comb begin
    imm_o = {{20{instr_i[31]}}, instr_i[31:20]};                       // I
    unique case (opcode)
      Store:  imm_o = {{20{instr_i[31]}}, instr_i[31:25], instr_i[11:7]};
      Branch: imm_o = {{19{instr_i[31]}}, instr_i[31], instr_i[7],
                       instr_i[30:25], instr_i[11:8], 1'b0};
      Jal:    imm_o = {{11{instr_i[31]}}, instr_i[31], instr_i[19:12],
                       instr_i[20], instr_i[30:21], 1'b0};
      Lui, Auipc: imm_o = {instr_i[31:12], 12'd0};
      default: ;
    endcase
  end

  // ALU operation of OP and OP-IMM from funct3.
  rl_core_pkg::alu_op_e arith_op;
  always_comb begin
    unique case (funct3)
      3'b000:  arith_op = rl_core_pkg::AluAdd;
      3'b001:  arith_op = rl_core_pkg::AluShift;
      3'b010:  arith_op = rl_core_pkg::AluSlt;
      3'b011:  arith_op = rl_core_pkg::AluSlt;
      3'b100:  arith_op = rl_core_pkg::AluXor;
      3'b101:  arith_op = rl_core_pkg::AluShift;
      3'b110:  arith_op = rl_core_pkg::AluOr;
      default: arith_op = rl_core_pkg::AluAnd;
    endcase
  end

  // Operands, from as few bits as possible: this is on the longest path. What
  // an illegal instruction selects is of no interest.
  rl_core_pkg::op_a_e op_a;
  rl_core_pkg::op_b_e op_b;
  always_comb begin
    op_a = rl_core_pkg::OpARs1;
    op_b = rl_core_pkg::OpBImm;
    unique case (opcode[6:2])
      Lui[6:2]:   op_a = rl_core_pkg::OpAZero;
      Auipc[6:2]: op_a = rl_core_pkg::OpAPc;
      Jal[6:2], MiscMem[6:2]: begin  // link; where fence.i goes on
        op_a = rl_core_pkg::OpAPc;
        op_b = rl_core_pkg::OpBLen;
      end
      Op[6:2], Branch[6:2]: op_b = rl_core_pkg::OpBRs2;
      System[6:2]: begin
        op_b = rl_core_pkg::OpBZero;
        if (funct3[2]) begin
          op_a = rl_core_pkg::OpAImm;
        end else if (funct3[1:0] == 2'b00) begin
          // The sum is mtval: the program counter for ebreak, 0 for ecall.
          op_a = instr_i[20] ? rl_core_pkg::OpAPc : rl_core_pkg::OpAZero;
        end
      end
      default: ;
    endcase
  end

  always_comb begin
    ctrl_o           = '0;
    ctrl_o.op_a      = op_a;
    ctrl_o.op_b      = op_b;
    ctrl_o.alu_op    = rl_core_pkg::AluAdd;
    ctrl_o.alu_right = funct3[2];
    ctrl_o.alu_arith = instr_i[30];

    unique case (opcode)
      Lui: begin
        ctrl_o.rd_we = 1'b1;
      end

      Auipc: begin
        ctrl_o.rd_we = 1'b1;
      end

      Jal: begin
        ctrl_o.jal   = 1'b1;
        ctrl_o.rd_we = 1'b1;
      end

      Jalr: begin
        ctrl_o.jalr    = 1'b1;
        ctrl_o.use_rs1 = 1'b1;
        ctrl_o.rd_we   = 1'b1;
        ctrl_o.illegal = funct3 != 3'b000;
      end

      Branch: begin
        ctrl_o.branch  = 1'b1;
        ctrl_o.use_rs1 = 1'b1;
        ctrl_o.use_rs2 = 1'b1;
        ctrl_o.illegal = funct3[2:1] == 2'b01;
      end

      Load: begin
        ctrl_o.load    = 1'b1;
        ctrl_o.use_rs1 = 1'b1;
        ctrl_o.rd_we   = 1'b1;
        ctrl_o.illegal = funct3[1:0] == 2'b11 || funct3 == 3'b110;
      end

      Store: begin
        ctrl_o.store   = 1'b1;
        ctrl_o.use_rs1 = 1'b1;
        ctrl_o.use_rs2 = 1'b1;
        ctrl_o.illegal = funct3[2] || funct3[1:0] == 2'b11;
      end

      OpImm: begin
        ctrl_o.alu_op  = arith_op;
        ctrl_o.use_rs1 = 1'b1;
        ctrl_o.rd_we   = 1'b1;
        unique case (funct3)
          3'b001:  ctrl_o.illegal = funct7 != 7'h00;
          3'b101:  ctrl_o.illegal = funct7 != 7'h00 && funct7 != 7'h20;
          default: ;
        endcase
      end

      Op: begin
        ctrl_o.alu_op  = arith_op;
        ctrl_o.use_rs1 = 1'b1;
        ctrl_o.use_rs2 = 1'b1;
        ctrl_o.rd_we   = 1'b1;
        unique case (funct7)
          7'h00: ;
          7'h01: begin
            ctrl_o.mul = !funct3[2];
            ctrl_o.div = funct3[2];
          end
          7'h20: begin
            if (funct3 == 3'b000) begin
              ctrl_o.alu_op = rl_core_pkg::AluSub;
            end
            ctrl_o.illegal = funct3 != 3'b000 && funct3 != 3'b101;
          end
          default: ctrl_o.illegal = 1'b1;
        endcase
      end

      MiscMem: begin
        // fence is a no-operation: the data port is in order.
        ctrl_o.fencei  = funct3[0];
        ctrl_o.illegal = funct3[2:1] != 2'b00;
      end

      System: begin
        if (funct3[1:0] != 2'b00) begin
          ctrl_o.csr     = 1'b1;
          ctrl_o.use_rs1 = !funct3[2];
          ctrl_o.rd_we   = 1'b1;
          ctrl_o.illegal = !rl_core_pkg::csr_is_legal(instr_i[31:20],
                                                      csr_write);
        end else begin
          unique case (instr_i[31:7])
            {12'h000, 13'd0}: ctrl_o.ecall  = 1'b1;
            {12'h001, 13'd0}: ctrl_o.ebreak = 1'b1;
            {12'h302, 13'd0}: ctrl_o.mret   = 1'b1;
            {12'h105, 13'd0}: ctrl_o.wfi    = 1'b1;
            default:          ctrl_o.illegal = 1'b1;
          endcase
        end
      end

      default: ctrl_o.illegal = 1'b1;
    endcase

    if (rd == 5'd0) begin
      ctrl_o.rd_we = 1'b0;
    end
  end

endmodule
