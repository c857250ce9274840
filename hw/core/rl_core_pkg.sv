// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Types and constants of the core. No logic, hence no timing.

package rl_core_pkg;

  // ALU operation. The adder is also the address unit and passes operands.
  typedef enum logic [2:0] {
    AluAdd   = 3'd0,
    AluSub   = 3'd1,
    AluShift = 3'd2,
    AluSlt   = 3'd3,
    AluXor   = 3'd4,
    AluOr    = 3'd5,
    AluAnd   = 3'd6
  } alu_op_e;

  // First operand of the ALU.
  typedef enum logic [1:0] {
    OpARs1  = 2'd0,
    OpAPc   = 2'd1,
    OpAZero = 2'd2,
    OpAImm  = 2'd3   // the five-bit immediate of csrr*i
  } op_a_e;

  // Second operand of the ALU.
  typedef enum logic [1:0] {
    OpBRs2  = 2'd0,
    OpBImm  = 2'd1,
    OpBZero = 2'd2,
    OpBLen  = 2'd3   // length of the instruction: 2 or 4
  } op_b_e;

  // What an instruction does, as the decoder sees it.
  typedef struct packed {
    alu_op_e     alu_op;
    logic        alu_right;   // shift right
    logic        alu_arith;   // arithmetic shift
    op_a_e       op_a;
    op_b_e       op_b;
    logic        use_rs1;
    logic        use_rs2;
    logic        rd_we;
    logic        branch;
    logic        jal;
    logic        jalr;
    logic        load;
    logic        store;
    logic        mul;
    logic        div;
    logic        csr;
    logic        mret;
    logic        wfi;
    logic        fencei;
    logic        ecall;
    logic        ebreak;
    logic        illegal;
  } ctrl_t;

  // Which stage owes an empty slot. Travels with the slot to the commit stage.
  typedef enum logic [2:0] {
    BubFetch    = 3'd0,   // no instruction from the instruction port
    BubRedirect = 3'd1,   // refill after a wrong prediction
    BubLoadUse  = 3'd2,   // operand is still being loaded
    BubMuldiv   = 3'd3,   // divider busy, or product still being formed
    BubData     = 3'd4,   // data port did not take a request
    BubOther    = 3'd5    // traps, CSR accesses, fence.i and their refills
  } bubble_e;

  // One-cycle pulses; exactly one member is set in each cycle out of reset.
  typedef struct packed {
    logic retire;
    logic stall_load_use;
    logic stall_redirect;
    logic stall_fetch;
    logic stall_muldiv;
    logic stall_data;
    logic stall_sleep;
    logic stall_other;
  } perf_t;

  // Exception causes (mcause without the interrupt bit).
  localparam logic [4:0] ExcInstrFault    = 5'd1;
  localparam logic [4:0] ExcIllegal       = 5'd2;
  localparam logic [4:0] ExcBreakpoint    = 5'd3;
  localparam logic [4:0] ExcLoadMisalign  = 5'd4;
  localparam logic [4:0] ExcLoadFault     = 5'd5;
  localparam logic [4:0] ExcStoreMisalign = 5'd6;
  localparam logic [4:0] ExcStoreFault    = 5'd7;
  localparam logic [4:0] ExcEcallM        = 5'd11;

  // Interrupt causes.
  localparam logic [4:0] IrqSoftware = 5'd3;
  localparam logic [4:0] IrqTimer    = 5'd7;
  localparam logic [4:0] IrqExternal = 5'd11;

  // CSR addresses.
  localparam logic [11:0] CsrMstatus       = 12'h300;
  localparam logic [11:0] CsrMisa          = 12'h301;
  localparam logic [11:0] CsrMie           = 12'h304;
  localparam logic [11:0] CsrMtvec         = 12'h305;
  localparam logic [11:0] CsrMstatush      = 12'h310;
  localparam logic [11:0] CsrMcountinhibit = 12'h320;
  localparam logic [11:0] CsrMscratch      = 12'h340;
  localparam logic [11:0] CsrMepc          = 12'h341;
  localparam logic [11:0] CsrMcause        = 12'h342;
  localparam logic [11:0] CsrMtval         = 12'h343;
  localparam logic [11:0] CsrMip           = 12'h344;
  localparam logic [11:0] CsrMcycle        = 12'hB00;
  localparam logic [11:0] CsrMinstret      = 12'hB02;
  localparam logic [11:0] CsrMcycleh       = 12'hB80;
  localparam logic [11:0] CsrMinstreth     = 12'hB82;
  localparam logic [11:0] CsrCycle         = 12'hC00;
  localparam logic [11:0] CsrInstret       = 12'hC02;
  localparam logic [11:0] CsrCycleh        = 12'hC80;
  localparam logic [11:0] CsrInstreth      = 12'hC82;
  localparam logic [11:0] CsrMvendorid     = 12'hF11;
  localparam logic [11:0] CsrMarchid       = 12'hF12;
  localparam logic [11:0] CsrMimpid        = 12'hF13;
  localparam logic [11:0] CsrMhartid       = 12'hF14;
  localparam logic [11:0] CsrMconfigptr    = 12'hF15;

  // True when the CSR exists and the access is permitted.
  function automatic logic csr_is_legal(logic [11:0] addr, logic write);
    logic exists;
    unique case (addr)
      CsrMstatus, CsrMisa, CsrMie, CsrMtvec, CsrMstatush, CsrMcountinhibit,
      CsrMscratch, CsrMepc, CsrMcause, CsrMtval, CsrMip,
      CsrCycle, CsrInstret, CsrCycleh, CsrInstreth,
      CsrMvendorid, CsrMarchid, CsrMimpid, CsrMhartid, CsrMconfigptr:
        exists = 1'b1;
      default:
        // mhpmevent3..31; mcycle, minstret and mhpmcounter3..31 with the
        // upper halves. Address 1 of each group would be time: not here.
        exists = (addr[11:5] == 7'h19 && addr[4:0] > 5'd2) ||
                 (addr[11:8] == 4'hB && addr[6:5] == 2'd0 && addr[4:0] != 5'd1);
    endcase
    csr_is_legal = exists && !(write && addr[11:10] == 2'b11);
  endfunction

endpackage
