// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Types that cross module borders: the TLP stream and the links between the
// endpoint and the DMA engines.
package rl_pkg;

  // One beat of a TLP. A TLP without payload is one beat with sop and eop.
  //  hdr:    header DW n in [32*n +: 32], the specification's byte 0 of each DW
  //          in bits 31:24 (Fmt and Type in hdr[31:24]); a 3 DW header leaves
  //          DW 3 zero. Valid and constant in every beat of the TLP.
  //  data:   payload in address order, byte at the lowest address in [7:0].
  //          The first payload DW (the DW that holds the first byte) is in
  //          lane 0; beats are full but the last. Lanes past the end are zero.
  //  bar:    received requests: BAR that was hit (0 or 2), 7 none; else 7.
  //  func:   function number, 0 today.
  //  poison: EP bit of the header. err: malformed, to be dropped by the receiver.
  typedef struct packed {
    logic         sop;
    logic         eop;
    logic         poison;
    logic         err;
    logic [2:0]   bar;
    logic [7:0]   func;
    logic [127:0] hdr;
    logic [127:0] data;
  } tlp_t;

  // What the host programmed into configuration space.
  typedef struct packed {
    logic        bme;       // bus master enable and no FLR; in D3hot what waits goes on waiting
    logic [2:0]  mps;       // 128 << mps bytes
    logic [2:0]  mrrs;      // 128 << mrrs bytes
    logic        ext_tag;   // 8-bit tags allowed
    logic [15:0] bdf;       // requester id, captured from configuration writes
    logic        flr;       // function level reset in progress
  } pcie_cfg_t;

  // What went wrong: pulses, one for each event.
  typedef struct packed {
    logic        p_ur;       // posted request dropped as unsupported
    logic        np_ur;      // request answered with UR
    logic        malformed;  // request dropped
    logic        poison;     // request with poisoned data
    logic        late;       // read of the mailbox that the watchdog answered, a dword
    logic        discarded;  // write to the mailbox that the watchdog threw away, a dword
  } pcie_err_t;

  typedef struct packed {
    logic        unexpected; // completion that nobody waits for, or a malformed one
    logic        cpl_ur;     // completion: unsupported request
    logic        cpl_ca;     // completion: completer abort
    logic        cpl_poison; // completion with poisoned data
    logic [6:0]  timeouts;   // requests without an answer, how many
  } dma_err_t;

  // Peripheral bus of the core: one word per cycle, never stalls. Read data is
  // answered in the next cycle; a block that was not addressed answers zero.
  typedef struct packed {
    logic        valid;
    logic        write;
    logic [11:0] addr;      // byte offset, bits 1:0 zero
    logic [31:0] wdata;
  } reg_req_t;

  // The whole vocabulary; what one module does not use another does.
  // verilator lint_off UNUSEDPARAM

  // TLP Fmt/Type bytes (hdr[31:24]).
  localparam logic [7:0] TlpMRd32 = 8'h00;
  localparam logic [7:0] TlpMRd64 = 8'h20;
  localparam logic [7:0] TlpMWr32 = 8'h40;
  localparam logic [7:0] TlpMWr64 = 8'h60;
  localparam logic [7:0] TlpIORd  = 8'h02;
  localparam logic [7:0] TlpIOWr  = 8'h42;
  localparam logic [7:0] TlpCfgRd0 = 8'h04;
  localparam logic [7:0] TlpCfgWr0 = 8'h44;
  localparam logic [7:0] TlpCfgRd1 = 8'h05;
  localparam logic [7:0] TlpCfgWr1 = 8'h45;
  localparam logic [7:0] TlpCpl   = 8'h0A;
  localparam logic [7:0] TlpCplD  = 8'h4A;

  // Completion status.
  localparam logic [2:0] CplSC  = 3'b000;
  localparam logic [2:0] CplUR  = 3'b001;
  localparam logic [2:0] CplCRS = 3'b010;
  localparam logic [2:0] CplCA  = 3'b100;

  // verilator lint_on UNUSEDPARAM

endpackage
