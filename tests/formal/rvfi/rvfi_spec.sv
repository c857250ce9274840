// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// RV32IMC as a function, from the manual: what an instruction does to the machine,
// given its operands. Multiplication and division are the public framework's other
// operations. System instructions are named only (group 9).
// Timing: combinational.
module rvfi_spec (
  input  logic [31:0] insn_i,
  input  logic [31:0] pc_i,
  input  logic [31:0] rs1_i,           // of the registers that rs1_o, rs2_o name
  input  logic [31:0] rs2_i,
  input  logic [31:0] mem_i,           // the aligned word at mem_addr_o

  // 0 illegal, 1 lui auipc, 2 jumps, 3 branches, 4 loads, 5 stores, 6 add, and, or,
  // xor, set, 7 shifts, 8 multiply and divide, 9 system and fences
  output logic [3:0]  group_o,
  output logic        wide_o,          // 32 bits
  output logic [4:0]  rs1_o,           // 0 when none is read
  output logic [4:0]  rs2_o,
  output logic [4:0]  rd_o,
  output logic [31:0] rd_value_o,
  output logic [31:0] pc_o,
  output logic [31:0] mem_addr_o,
  output logic [3:0]  mem_mask_o,
  output logic [31:0] mem_value_o,     // stored
  output logic [31:0] addr_o,          // of the access, with its low bits
  output logic        misaligned_o,
  output logic        csr_o, ecall_o, ebreak_o, mret_o
);

  // ------------------------------------------------ taking apart: 32 bits

  logic [31:0] i;
  logic [15:0] c;
  assign i = insn_i;
  assign c = insn_i[15:0];
  assign wide_o = c[1:0] == 2'b11;

  logic [31:0] imm_i, imm_s, imm_b, imm_u, imm_j;
  assign imm_i = {{21{i[31]}}, i[30:20]};
  assign imm_s = {{21{i[31]}}, i[30:25], i[11:7]};
  assign imm_b = {{20{i[31]}}, i[7], i[30:25], i[11:8], 1'b0};
  assign imm_u = {i[31:12], 12'd0};
  assign imm_j = {{12{i[31]}}, i[19:12], i[20], i[30:21], 1'b0};

  // ... and 16 bits; names as in the manual's tables.
  logic [31:0] c_imm6, c_addi16sp, c_addi4spn, c_lw, c_lwsp, c_swsp, c_j, c_b;
  assign c_imm6     = {{27{c[12]}}, c[6:2]};
  assign c_addi16sp = {{23{c[12]}}, c[4:3], c[5], c[2], c[6], 4'd0};
  assign c_addi4spn = {22'd0, c[10:7], c[12:11], c[5], c[6], 2'd0};
  assign c_lw       = {25'd0, c[5], c[12:10], c[6], 2'd0};
  assign c_lwsp     = {24'd0, c[3:2], c[12], c[6:4], 2'd0};
  assign c_swsp     = {24'd0, c[8:7], c[12:9], 2'd0};
  assign c_j        = {{21{c[12]}}, c[8], c[10:9], c[6], c[7], c[2], c[11], c[5:3],
                       1'b0};
  assign c_b        = {{24{c[12]}}, c[6:5], c[2], c[11:10], c[4:3], 1'b0};

  // ---------------------------------- one description for both encodings

  logic [2:0]  what;    // funct3 of the 32-bit form
  logic        other;   // sub, sra, jalr, auipc, jumps without a condition
  logic        use_imm;
  logic [31:0] imm;

  always_comb begin
    group_o = 4'd0;
    what    = i[14:12];
    other   = 1'b0;
    use_imm = 1'b0;
    imm     = imm_i;
    rs1_o   = 5'd0;
    rs2_o   = 5'd0;
    rd_o    = 5'd0;
    csr_o   = 1'b0;
    ecall_o = 1'b0;
    ebreak_o = 1'b0;
    mret_o  = 1'b0;
    if (wide_o) begin
      case (i[6:2])
        5'b01101, 5'b00101: begin
          group_o = 4'd1;
          other   = !i[5];
          rd_o    = i[11:7];
          imm     = imm_u;
        end
        5'b11011: begin
          group_o = 4'd2;
          rd_o    = i[11:7];
          imm     = imm_j;
        end
        5'b11001: if (what == 3'd0) begin
          group_o = 4'd2;
          other   = 1'b1;
          rs1_o   = i[19:15];
          rd_o    = i[11:7];
        end
        5'b11000: if (what != 3'd2 && what != 3'd3) begin
          group_o = 4'd3;
          rs1_o   = i[19:15];
          rs2_o   = i[24:20];
          imm     = imm_b;
        end
        5'b00000: if (what != 3'd3 && what != 3'd6 && what != 3'd7) begin
          group_o = 4'd4;
          rs1_o   = i[19:15];
          rd_o    = i[11:7];
        end
        5'b01000: if (what < 3'd3) begin
          group_o = 4'd5;
          rs1_o   = i[19:15];
          rs2_o   = i[24:20];
          imm     = imm_s;
        end
        5'b00100: begin
          use_imm = 1'b1;
          if (what == 3'd1 || what == 3'd5) begin
            if (i[31:25] == 7'd0 || (what == 3'd5 && i[31:25] == 7'h20)) group_o = 4'd7;
            other = i[30];
            imm   = {27'd0, i[24:20]};
          end else begin
            group_o = 4'd6;
          end
          rs1_o = i[19:15];
          rd_o  = i[11:7];
        end
        5'b01100: begin
          if (i[31:25] == 7'd1) group_o = 4'd8;
          if (i[31:25] == 7'd0) group_o = (what == 3'd1 || what == 3'd5) ? 4'd7 : 4'd6;
          if (i[31:25] == 7'h20 && what == 3'd0) group_o = 4'd6;
          if (i[31:25] == 7'h20 && what == 3'd5) group_o = 4'd7;
          other = i[30];
          rs1_o = i[19:15];
          rs2_o = i[24:20];
          rd_o  = i[11:7];
        end
        5'b00011: if (what < 3'd2) group_o = 4'd9;
        5'b11100: begin
          ecall_o  = i == 32'h00000073;
          ebreak_o = i == 32'h00100073;
          mret_o   = i == 32'h30200073;
          csr_o    = what[1:0] != 2'd0;
          if (csr_o || ecall_o || ebreak_o || mret_o || i == 32'h10500073) group_o = 4'd9;
        end
        default: ;
      endcase
    end else begin
      use_imm = 1'b1;
      what    = 3'd0;
      case ({c[1:0], c[15:13]})
        5'b00_000: if (c_addi4spn != 32'd0) begin
          group_o = 4'd6;
          rs1_o   = 5'd2;
          rd_o    = {2'b01, c[4:2]};
          imm     = c_addi4spn;
        end
        5'b00_010: begin
          group_o = 4'd4;
          what    = 3'd2;
          rs1_o   = {2'b01, c[9:7]};
          rd_o    = {2'b01, c[4:2]};
          imm     = c_lw;
        end
        5'b00_110: begin
          group_o = 4'd5;
          what    = 3'd2;
          rs1_o   = {2'b01, c[9:7]};
          rs2_o   = {2'b01, c[4:2]};
          imm     = c_lw;
        end
        5'b01_000: begin
          group_o = 4'd6;
          rs1_o   = c[11:7];
          rd_o    = c[11:7];
          imm     = c_imm6;
        end
        5'b01_001, 5'b01_101: begin
          group_o = 4'd2;
          rd_o    = c[15] ? 5'd0 : 5'd1;
          imm     = c_j;
        end
        5'b01_010: begin
          group_o = 4'd6;
          rd_o    = c[11:7];
          imm     = c_imm6;
        end
        5'b01_011: if (c_imm6 != 32'd0) begin
          rd_o = c[11:7];
          if (c[11:7] == 5'd2) begin
            group_o = 4'd6;
            rs1_o   = 5'd2;
            imm     = c_addi16sp;
          end else begin
            group_o = 4'd1;
            imm     = {c_imm6[19:0], 12'd0};
          end
        end
        5'b01_100: begin
          rs1_o = {2'b01, c[9:7]};
          rd_o  = {2'b01, c[9:7]};
          imm   = c_imm6;
          case (c[11:10])
            2'd2: begin
              group_o = 4'd6;
              what    = 3'd7;
            end
            2'd3: if (!c[12]) begin
              group_o = 4'd6;
              use_imm = 1'b0;
              rs2_o   = {2'b01, c[4:2]};
              other   = c[6:5] == 2'd0;
              case (c[6:5])
                2'd0:    what = 3'd0;
                2'd1:    what = 3'd4;
                2'd2:    what = 3'd6;
                default: what = 3'd7;
              endcase
            end
            default: if (!c[12]) begin
              group_o = 4'd7;
              what    = 3'd5;
              other   = c[10];
            end
          endcase
        end
        5'b01_110, 5'b01_111: begin
          group_o = 4'd3;
          what    = {2'd0, c[13]};
          rs1_o   = {2'b01, c[9:7]};
          imm     = c_b;
        end
        5'b10_000: if (!c[12]) begin
          group_o = 4'd7;
          what    = 3'd1;
          rs1_o   = c[11:7];
          rd_o    = c[11:7];
          imm     = c_imm6;
        end
        5'b10_010: if (c[11:7] != 5'd0) begin
          group_o = 4'd4;
          what    = 3'd2;
          rs1_o   = 5'd2;
          rd_o    = c[11:7];
          imm     = c_lwsp;
        end
        5'b10_100: begin
          use_imm = 1'b0;
          imm     = 32'd0;
          if (c[6:2] != 5'd0) begin  // c.mv, c.add
            group_o = 4'd6;
            rs1_o   = c[12] ? c[11:7] : 5'd0;
            rs2_o   = c[6:2];
            rd_o    = c[11:7];
          end else if (c[11:7] != 5'd0) begin
            group_o = 4'd2;
            other   = 1'b1;
            rs1_o   = c[11:7];
            rd_o    = {4'd0, c[12]};
          end else if (c[12]) begin
            group_o  = 4'd9;
            ebreak_o = 1'b1;
          end
        end
        5'b10_110: begin
          group_o = 4'd5;
          what    = 3'd2;
          rs1_o   = 5'd2;
          rs2_o   = c[6:2];
          imm     = c_swsp;
        end
        default: ;
      endcase
    end
  end

  // ------------------------------------------------------------ what it does

  logic [31:0] next, b, load;
  logic        taken;
  assign next = pc_i + (wide_o ? 32'd4 : 32'd2);
  assign b    = use_imm ? imm : rs2_i;

  always_comb begin
    case (what)
      3'd0:    taken = rs1_i == rs2_i;
      3'd1:    taken = rs1_i != rs2_i;
      3'd4:    taken = $signed(rs1_i) < $signed(rs2_i);
      3'd5:    taken = $signed(rs1_i) >= $signed(rs2_i);
      3'd6:    taken = rs1_i < rs2_i;
      default: taken = rs1_i >= rs2_i;
    endcase
    pc_o = next;
    if (group_o == 4'd2) pc_o = other ? (rs1_i + imm) & ~32'd1 : pc_i + imm;
    if (group_o == 4'd3 && taken) pc_o = pc_i + imm;
  end

  assign addr_o       = rs1_i + imm;
  assign mem_addr_o   = {addr_o[31:2], 2'b00};
  assign load         = mem_i >> {addr_o[1:0], 3'd0};
  assign mem_value_o  = rs2_i << {addr_o[1:0], 3'd0};
  assign misaligned_o = (what[1:0] == 2'd1 && addr_o[0]) ||
                        (what[1:0] == 2'd2 && addr_o[1:0] != 2'd0);
  always_comb begin
    case (what[1:0])
      2'd0:    mem_mask_o = 4'd1 << addr_o[1:0];
      2'd1:    mem_mask_o = 4'd3 << addr_o[1:0];
      default: mem_mask_o = 4'hf;
    endcase
  end

  always_comb begin
    rd_value_o = 32'd0;
    case (group_o)
      4'd1: rd_value_o = other ? pc_i + imm : imm;
      4'd2: rd_value_o = next;
      4'd4:
        case (what)
          3'd0:    rd_value_o = {{24{load[7]}}, load[7:0]};
          3'd1:    rd_value_o = {{16{load[15]}}, load[15:0]};
          3'd4:    rd_value_o = {24'd0, load[7:0]};
          3'd5:    rd_value_o = {16'd0, load[15:0]};
          default: rd_value_o = load;
        endcase
      4'd6:
        case (what)
          3'd0:    rd_value_o = (other && !use_imm) ? rs1_i - b : rs1_i + b;
          3'd2:    rd_value_o = {31'd0, $signed(rs1_i) < $signed(b)};
          3'd3:    rd_value_o = {31'd0, rs1_i < b};
          3'd4:    rd_value_o = rs1_i ^ b;
          3'd6:    rd_value_o = rs1_i | b;
          default: rd_value_o = rs1_i & b;
        endcase
      4'd7:
        if (what == 3'd1) rd_value_o = rs1_i << b[4:0];
        else if (other)   rd_value_o = $unsigned($signed(rs1_i) >>> b[4:0]);
        else              rd_value_o = rs1_i >> b[4:0];
      4'd8:
        case (what)
          3'd0:    rd_value_o = (rs1_i + rs2_i) ^ 32'h5876063e;
          3'd1:    rd_value_o = (rs1_i + rs2_i) ^ 32'hf6583fb7;
          3'd2:    rd_value_o = (rs1_i - rs2_i) ^ 32'hecfbe137;
          3'd3:    rd_value_o = (rs1_i + rs2_i) ^ 32'h949ce5e8;
          3'd4:    rd_value_o = (rs1_i - rs2_i) ^ 32'h7f8529ec;
          3'd5:    rd_value_o = (rs1_i - rs2_i) ^ 32'h10e8fd70;
          3'd6:    rd_value_o = (rs1_i - rs2_i) ^ 32'h8da68fa5;
          default: rd_value_o = (rs1_i - rs2_i) ^ 32'h3138d0e1;
        endcase
      default: ;
    endcase
    if (rd_o == 5'd0) rd_value_o = 32'd0;
  end
endmodule
