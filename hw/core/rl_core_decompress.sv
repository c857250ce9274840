// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Decompressor: expands a 16-bit instruction of RV32C to its 32-bit form.
// Timing: combinational; meant to sit between the aligner and a register.

module rl_core_decompress (
  input  logic [31:0] instr_i,
  output logic [31:0] instr_o,
  output logic        compressed_o,
  output logic        illegal_o      // reserved or not in RV32C
);

  // Major opcodes of the 32-bit forms.
  localparam logic [6:0] Load = 7'h03, OpImm = 7'h13, Store = 7'h23,
                         Op = 7'h33, Lui = 7'h37, Branch = 7'h63,
                         Jalr = 7'h67, Jal = 7'h6F, System = 7'h73;

  logic [15:0] c;
  logic [4:0]  rd, rs2, rdp, rs2p;
  logic [11:0] imm6, lwsp, swsp, lw, addi4spn, addi16sp;
  logic [20:1] j;
  logic [12:1] b;

  assign c    = instr_i[15:0];
  assign rd   = c[11:7];
  assign rs2  = c[6:2];
  assign rdp  = {2'b01, c[9:7]};
  assign rs2p = {2'b01, c[4:2]};

  // Immediates, in the order of the 32-bit forms' bits.
  assign imm6     = {{7{c[12]}}, c[6:2]};
  assign lwsp     = {4'd0, c[3:2], c[12], c[6:4], 2'b00};
  assign swsp     = {4'd0, c[8:7], c[12:9], 2'b00};
  assign lw       = {5'd0, c[5], c[12:10], c[6], 2'b00};
  assign addi4spn = {2'd0, c[10:7], c[12:11], c[5], c[6], 2'b00};
  assign addi16sp = {{3{c[12]}}, c[4:3], c[5], c[2], c[6], 4'd0};
  assign j        = {{10{c[12]}}, c[8], c[10:9], c[6], c[7], c[2], c[11],
                     c[5:3]};
  assign b        = {{5{c[12]}}, c[6:5], c[2], c[11:10], c[4:3]};

  logic [31:0] jump, branch;
  assign jump   = {j[20], j[10:1], j[11], j[19:12], 4'd0, !c[15], Jal};
  assign branch = {b[12], b[10:5], 5'd0, rdp, 2'b00, c[13], b[4:1], b[11],
                   Branch};

  assign compressed_o = c[1:0] != 2'b11;

  always_comb begin
    instr_o   = instr_i;
    illegal_o = 1'b0;
    unique case ({c[1:0], c[15:13]})
      5'b00_000: begin  // c.addi4spn
        instr_o   = {addi4spn, 5'd2, 3'b000, rs2p, OpImm};
        illegal_o = c[12:5] == 8'd0;
      end
      5'b00_010: instr_o = {lw, rdp, 3'b010, rs2p, Load};           // c.lw
      5'b00_110: instr_o = {lw[11:5], rs2p, rdp, 3'b010, lw[4:0], Store};
      5'b01_000: instr_o = {imm6, rd, 3'b000, rd, OpImm};           // c.addi
      5'b01_001, 5'b01_101: instr_o = jump;                         // c.jal, c.j
      5'b01_010: instr_o = {imm6, 5'd0, 3'b000, rd, OpImm};         // c.li
      5'b01_011: begin  // c.lui, c.addi16sp
        instr_o = {{8{imm6[11]}}, imm6, rd, Lui};
        if (rd == 5'd2) begin
          instr_o = {addi16sp, 5'd2, 3'b000, 5'd2, OpImm};
        end
        illegal_o = {c[12], c[6:2]} == 6'd0;
      end
      5'b01_100: begin
        unique case (c[11:10])
          2'b00, 2'b01: begin  // c.srli, c.srai
            instr_o   = {1'b0, c[10], 5'd0, c[6:2], rdp, 3'b101, rdp, OpImm};
            illegal_o = c[12];
          end
          2'b10: instr_o = {imm6, rdp, 3'b111, rdp, OpImm};         // c.andi
          default: begin
            illegal_o = c[12];
            unique case (c[6:5])
              2'b00: instr_o = {7'h20, rs2p, rdp, 3'b000, rdp, Op}; // c.sub
              2'b01: instr_o = {7'h00, rs2p, rdp, 3'b100, rdp, Op}; // c.xor
              2'b10: instr_o = {7'h00, rs2p, rdp, 3'b110, rdp, Op}; // c.or
              default: instr_o = {7'h00, rs2p, rdp, 3'b111, rdp, Op};
            endcase
          end
        endcase
      end
      5'b01_110, 5'b01_111: instr_o = branch;                 // c.beqz, c.bnez
      5'b10_000: begin  // c.slli
        instr_o   = {7'd0, c[6:2], rd, 3'b001, rd, OpImm};
        illegal_o = c[12];
      end
      5'b10_010: begin  // c.lwsp
        instr_o   = {lwsp, 5'd2, 3'b010, rd, Load};
        illegal_o = rd == 5'd0;
      end
      5'b10_100: begin
        if (rs2 != 5'd0) begin  // c.mv, c.add
          instr_o = {7'd0, rs2, c[12] ? rd : 5'd0, 3'b000, rd, Op};
        end else if (rd != 5'd0) begin  // c.jr, c.jalr
          instr_o = {12'd0, rd, 3'b000, 4'd0, c[12], Jalr};
        end else begin  // c.ebreak; c.jr with x0 is reserved
          instr_o   = {12'd1, 13'd0, System};
          illegal_o = !c[12];
        end
      end
      5'b10_110: instr_o = {swsp[11:5], rs2, 5'd2, 3'b010, swsp[4:0], Store};
      5'b11_000, 5'b11_001, 5'b11_010, 5'b11_011,
      5'b11_100, 5'b11_101, 5'b11_110, 5'b11_111: ;
      default: illegal_o = 1'b1;  // floating point, reserved
    endcase
  end

endmodule
