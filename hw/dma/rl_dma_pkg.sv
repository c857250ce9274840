// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Types that cross module borders inside the DMA engines.
package rl_dma_pkg;

  typedef logic [3:0] status_t; // rl_regs_pkg::DMA_*

  // A command of the read side as it waits in its queue.
  //  arg: FETCH the source address; RUN {24'h0, skip[39:32], entries[31:16], base[15:0]}.
  //  snap: what posted_pushed was when the command was pushed.
  typedef struct packed {
    logic        bad;
    logic        fence;
    logic        table_mode;
    logic        space;
    logic [4:0]  qid;
    logic [15:0] cookie;
    logic [15:0] snap;
    logic [63:0] arg;
    logic [15:0] count;
    logic [15:0] ptr;
  } rd_cmd_t;

  // A command of the write side.
  //  arg: WRITE and IMM the destination address; RUN {hdr_ptr[63:48], 8'h0,
  //       hdr_bytes[39:32], entries[31:16], base[15:0]}.
  //  loc: IMM the data; else {32'h0, count[31:16], ptr[15:0]}.
  typedef struct packed {
    logic        bad;
    logic [3:0]  op;
    logic        notify;
    logic        table_mode;
    logic        space;
    logic [4:0]  qid;
    logic [15:0] cookie;
    logic [63:0] arg;
    logic [63:0] loc;
  } wr_cmd_t;

  // Who asked: needed until the command's completion entry.
  typedef struct packed {
    logic        space;
    logic [4:0]  qid;
    logic [15:0] cookie;
  } owner_t;

  // What may stop a command: abort bits, bus mastering, function level reset.
  typedef struct packed {
    logic [31:0] aborts;
    logic        bme;
    logic        flr;
  } ctl_t;

  // The cookie does not matter here.
  // verilator lint_off UNUSEDSIGNAL
  function automatic logic stopped(input ctl_t ctl, input owner_t owner);
    return ctl.aborts[owner.qid] || ctl.flr || (!ctl.bme && !owner.space);
  endfunction
  // verilator lint_on UNUSEDSIGNAL

  // A completion entry.
  typedef struct packed {
    status_t     status;
    logic        write;
    logic [4:0]  qid;
    logic [15:0] cookie;
    logic [31:0] bytes;
  } cpl_entry_t;

  // A descriptor, checked. addr is an offset when the run is in device space.
  typedef struct packed {
    status_t     err;   // not DMA_OK: the run ends here
    logic        last;  // last descriptor of its packet
    logic        done;  // last descriptor of the run
    logic [31:0] len;
    logic [63:0] addr;
  } desc_t;

  // One read request: 1 to 512 bytes that cross no request boundary.
  //  dst: FETCH the byte offset in local memory; RUN addr[15:0].
  typedef struct packed {
    logic        space;
    logic [15:0] dst;
    logic [9:0]  len;
    logic [63:0] addr;
  } rreq_t;

  // Entries of the runs' order of requests.
  typedef enum logic [1:0] {
    OrderSeg = 2'd0, // a request
    OrderEop = 2'd1, // the packet ends
    OrderEnd = 2'd2  // the run ends
  } order_e;

  typedef struct packed {
    order_e      kind;
    status_t     status; // End
    logic [5:0]  tag;    // Seg
    logic [8:0]  addr;   // Seg: address of the first byte
    logic [9:0]  len;    // Seg: bytes
  } order_t;

  // What happens to a word of completion data: strobed into local memory (fetch) or
  // into the tag's slot, then the tag is finished (fin) with status.
  typedef struct packed {
    logic         we;
    logic         fetch;
    logic         fin;
    status_t      status;
    logic [5:0]   tag;
    logic [11:0]  word; // 16-byte word: of local memory, or address bits 15:4
    logic [15:0]  strb;
    logic [127:0] data;
  } sink_t;

  // Items between the front and the former of the write engine.
  typedef enum logic [1:0] {
    ItemSeg  = 2'd0, // a piece of memory to fill from the packet at hand
    ItemMsix = 2'd1, // a vector to send
    ItemDrop = 2'd2, // a DROP is over when its marker arrives
    ItemEnd  = 2'd3  // end of the command
  } item_e;

  typedef struct packed {
    item_e       kind;
    logic        first;  // Seg: first of its packet
    logic        last;   // Seg: last of its packet
    logic        notify; // End
    logic        run;    // End: the stream was the source
    logic        writes; // End: to memory
    status_t     status; // End
    owner_t      owner;
    logic [5:0]  hdr;    // Seg: bytes of the packet that are no payload
    logic [31:0] len;    // Seg
    logic [63:0] addr;   // Seg; Msix: vector
  } item_t;

  // Jobs of the write engine's source side.
  typedef enum logic [2:0] {
    JobHdr    = 3'd0, // load the header words: ptr, count
    JobPacket = 3'd1, // header and one packet of the stream
    JobLocal  = 3'd2, // count bytes of local memory at ptr
    JobImm    = 3'd3, // count bytes of data
    JobDrop   = 3'd4  // discard count packets, then a marker
  } job_e;

  typedef struct packed {
    job_e        kind;
    owner_t      owner;
    logic [63:0] loc;   // Imm: data; else {32'h0, count, ptr}
    logic [3:0]  imm;   // Imm: bytes
  } job_t;

  // What the former hands to the output: data beats wait in the data FIFO.
  typedef enum logic [1:0] {
    OutData = 2'd0, // bytes to addr
    OutMsix = 2'd1,
    OutEnd  = 2'd2
  } out_e;

  typedef struct packed {
    out_e        kind;
    logic        notify; // End
    logic        run;    // End
    logic        writes; // End
    status_t     status; // End
    owner_t      owner;
    logic [9:0]  len;    // Data: bytes, 1 to 512
    logic        begins; // Data: the first of a packet
    logic [5:0]  hdr;    // Data: header bytes of the packet, no payload
    logic [63:0] addr;   // Data; Msix: vector; End: bytes taken from the source
  } out_t;

  // A beat of contiguous bytes from lane 0; only the last of a packet may be partial.
  typedef struct packed {
    logic         last;
    logic [4:0]   n;
    logic [127:0] data;
  } beat_t;

  // Byte enables {last, first} and length in DW of len bytes at address bits 1:0.
  function automatic logic [7:0] enables(input logic [1:0] a, input logic [9:0] len);
    logic [1:0] e; // offset of the last byte in its DW
    logic [3:0] first, last;
    e     = a + len[1:0] - 2'd1;
    first = 4'hf << a;
    last  = 4'hf >> (2'd3 - e);
    return ({8'b0, a} + len > 10'd4) ? {last, first} : {4'h0, first & last};
  endfunction

  function automatic logic [9:0] dwords(input logic [1:0] a, input logic [9:0] len);
    return 10'(({9'b0, a} + {1'b0, len} + 11'd3) >> 2);
  endfunction

  // Bytes lo to hi-1 of a word.
  function automatic logic [15:0] byte_lanes(input logic [4:0] lo, input logic [4:0] hi);
    logic [15:0] r;
    for (int unsigned i = 0; i < 16; i++) r[i] = (5'(i) >= lo) && (5'(i) < hi);
    return r;
  endfunction

  // Rotates left by bytes: lane i goes to lane i + by.
  function automatic logic [127:0] rotate(input logic [127:0] d, input logic [3:0] by);
    logic [127:0] a, b, c;
    a = by[0] ? {d[119:0], d[127:120]} : d;
    b = by[1] ? {a[111:0], a[127:112]} : a;
    c = by[2] ? {b[95:0], b[127:96]} : b;
    return by[3] ? {c[63:0], c[127:64]} : c;
  endfunction

endpackage
