// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Types and small functions shared inside the endpoint.
package rl_pcie_pkg;

  // What a completion repeats of its request.
  typedef struct packed {
    logic [2:0]  tc;
    logic [2:0]  attr;
    logic [15:0] rid;
    logic [7:0]  tag;
  } ctx_t;

  // A non-posted request that waits for its turn.
  //  bad:  poisoned, to be answered with UR
  //  addr: memory: the address; configuration: DW 2 of the header in [31:0],
  //        write data in [63:32]
  typedef struct packed {
    logic        bad;
    logic [7:0]  fmt_type;
    ctx_t        ctx;
    logic [3:0]  last_be;
    logic [3:0]  first_be;
    logic [9:0]  len;
    logic [63:0] addr;
  } np_t;

  // A completion without its data. locked: answers a locked read.
  typedef struct packed {
    ctx_t        ctx;
    logic [2:0]  status;
    logic        locked;
    logic        data;
    logic [9:0]  len;
    logic [11:0] byte_count;
    logic [6:0]  lower_addr;
  } cpl_t;

  // An entry of the mailbox.
  typedef struct packed {
    logic        write;
    logic        cfg;
    logic [3:0]  be;
    logic [7:0]  tag;
    logic [15:0] addr;
    logic [31:0] data;
  } mbox_t;

  // More Fmt/Type bytes.
  localparam logic [7:0] TlpMRdLk32 = 8'h01;
  localparam logic [7:0] TlpMRdLk64 = 8'h21;
  localparam logic [7:0] TlpCplLk   = 8'h0B;

  // Every non-posted type but the completer of MRd and Cfg0 answers with UR.
  function automatic logic is_non_posted(input logic [7:0] t);
    case (t)
      8'h00, 8'h20, // MRd
      8'h01, 8'h21, // MRdLk
      8'h02, 8'h42, // IORd, IOWr
      8'h04, 8'h44, // CfgRd0, CfgWr0
      8'h05, 8'h45, // CfgRd1, CfgWr1
      8'h1B, 8'h5B, 8'h7B, // TCfgRd; DMWr
      8'h4C, 8'h6C, 8'h4D, 8'h6D, 8'h4E, 8'h6E: is_non_posted = 1'b1; // AtomicOps
      default: is_non_posted = 1'b0;
    endcase
  endfunction

  function automatic logic is_mem_read(input logic [7:0] t);
    is_mem_read = t == 8'h00 || t == 8'h20 || t == 8'h01 || t == 8'h21;
  endfunction

  // Bytes before the first enabled one and after the last enabled one.
  function automatic logic [1:0] be_before(input logic [3:0] be);
    be_before = be[0] ? 2'd0 : be[1] ? 2'd1 : be[2] ? 2'd2 : be[3] ? 2'd3 : 2'd0;
  endfunction

  function automatic logic [1:0] be_after(input logic [3:0] be);
    be_after = be[3] ? 2'd0 : be[2] ? 2'd1 : be[1] ? 2'd2 : be[0] ? 2'd3 : 2'd0;
  endfunction

  // Byte count of a memory read; 4096 shows as 0. A read of nothing counts one byte.
  function automatic logic [11:0] read_bytes(input logic [9:0] len, input logic [3:0] first_be,
                                             input logic [3:0] last_be);
    logic [3:0] end_be;
    end_be = len == 10'd1 ? first_be : last_be;
    if (len == 10'd1 && first_be == 4'd0) read_bytes = 12'd1;
    else read_bytes = {len, 2'b00} - {10'd0, be_before(first_be)} - {10'd0, be_after(end_be)};
  endfunction

  // Byte enables of a dword: the first, the last, or one between.
  function automatic logic [3:0] dword_be(input logic first, input logic last,
                                          input logic [3:0] first_be, input logic [3:0] last_be);
    dword_be = first ? first_be : last ? last_be : 4'hF;
  endfunction

  function automatic logic [31:0] be_mask(input logic [3:0] be);
    be_mask = {{8{be[3]}}, {8{be[2]}}, {8{be[1]}}, {8{be[0]}}};
  endfunction

endpackage
