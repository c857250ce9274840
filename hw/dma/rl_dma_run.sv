// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Read runs: descriptors to read requests. Runs ahead of the drain; every request,
// packet end and run end is noted in order.
// A one-request packet takes six cycles.
module rl_dma_run
  import rl_dma_pkg::*;
  import rl_regs_pkg::*;
#(
  parameter int unsigned LmemBytes   = 65536,
  parameter int unsigned DevmemBytes = 131072
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  ctl_t        ctl_i,
  input  logic [2:0]  size_i,    // requests of 128 << size_i bytes
  input  logic [63:0] devwin_i,
  input  logic [15:0] posted_done_i,

  input  logic        cmd_valid_i,
  output logic        cmd_ready_o,
  input  rd_cmd_t     cmd_i,

  output logic        lmem_req_o,
  input  logic        lmem_gnt_i,
  output logic [$clog2(LmemBytes)-5:0] lmem_addr_o,
  input  logic [127:0] lmem_rdata_i,

  output logic        req_valid_o,
  input  logic        req_ready_i,
  output rreq_t       req_o,
  input  logic [5:0]  req_tag_i,   // tag that the request gets when it is taken

  // To the drain: a run begins; its requests and ends. failed_i: the run at hand here
  // has failed there.
  output logic        owner_valid_o,
  input  logic        owner_ready_i,
  output owner_t      owner_o,
  output logic        order_valid_o,
  input  logic        order_ready_i,
  output order_t      order_o,
  input  logic        failed_i
);
  typedef enum logic [2:0] {
    StIdle,  // wait for a command
    StStart, // wait for the fence, judge
    StDesc,  // next descriptor, skipped bytes
    StApply, // what is left of it
    StSplit, // its requests leave
    StEop,   // the packet ends
    StEnd    // the run ends
  } state_e;
  state_e      state_q, state_d;
  status_t     status_q, status_d;
  owner_t      owner;
  logic        stop, fenced, desc_start, desc_stop, desc_valid, desc_ready, desc_busy;
  logic        split_start, split_stop, split_busy, piece_valid, piece_last, eat;
  logic [63:0] piece_addr, seg_addr;
  logic [9:0]  piece_len, unused_soon;
  logic [7:0]  skip_q, eaten_q;
  logic [31:0] seg_len;
  logic [15:0] behind;
  desc_t       desc, desc_q;

  assign owner   = '{space: cmd_i.space, qid: cmd_i.qid, cookie: cmd_i.cookie};
  assign owner_o = owner;
  // The command was there a cycle before it is judged.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) stop <= 1'b0;
    else stop <= stopped(ctl_i, owner);
  end
  assign behind  = posted_done_i - cmd_i.snap;
  assign fenced  = cmd_i.fence && behind[15];
  assign eat     = desc.len <= {24'b0, skip_q};

  always_comb begin
    state_d       = state_q;
    status_d      = status_q;
    owner_valid_o = 1'b0;
    desc_start    = 1'b0;
    desc_stop     = 1'b0;
    desc_ready    = 1'b0;
    split_start   = 1'b0;
    split_stop    = 1'b0;
    cmd_ready_o   = 1'b0;
    unique case (state_q)
      StIdle: if (cmd_valid_i && owner_ready_i) begin
        owner_valid_o = 1'b1;
        state_d       = StStart;
      end
      StStart: begin
        state_d = StEnd;
        if (cmd_i.bad) status_d = 4'(DMA_BADCMD);
        else if (stop || failed_i) status_d = 4'(DMA_ABORTED);
        else if (fenced) state_d = StStart;
        else begin
          status_d   = 4'(DMA_OK);
          desc_start = 1'b1;
          state_d    = StDesc;
        end
      end
      StDesc: if (desc_valid) begin
        desc_ready = 1'b1;
        if (desc.err != 4'(DMA_OK)) begin
          status_d = desc.err;
          state_d  = StEnd;
        end else if (!eat) state_d = StApply;
        else if (desc.last) state_d = StEop;
      end
      StApply: begin
        split_start = 1'b1;
        state_d     = StSplit;
      end
      StSplit: if (req_valid_o && req_ready_i && piece_last) begin
        state_d = desc_q.last ? StEop : StDesc;
      end
      StEop: if (order_ready_i) state_d = desc_q.done ? StEnd : StDesc;
      default: if (order_ready_i) begin // StEnd
        desc_stop   = 1'b1;
        cmd_ready_o = 1'b1;
        state_d     = StIdle;
      end
    endcase
    if ((stop || failed_i) && state_q != StIdle && state_q != StStart && state_q != StEnd) begin
      desc_ready  = 1'b0;
      split_start = 1'b0;
      split_stop  = 1'b1;
      // A run that failed in the drain has its status there.
      status_d    = stop ? 4'(DMA_ABORTED) : 4'(DMA_OK);
      state_d     = StEnd;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= StIdle;
      status_q <= '0;
    end else begin
      state_q  <= state_d;
      status_q <= status_d;
    end
  end

  always_ff @(posedge clk_i) begin
    unique case (state_q)
      StStart, StEop: skip_q <= cmd_i.arg[39:32];
      StDesc: if (desc_valid) begin
        desc_q  <= desc;
        eaten_q <= skip_q;
        skip_q  <= eat ? skip_q - desc.len[7:0] : '0;
      end
      default: ;
    endcase
  end
  assign seg_addr = desc_q.addr + {56'b0, eaten_q};
  assign seg_len  = desc_q.len - {24'b0, eaten_q};

  rl_dma_desc #(
    .LmemBytes   (LmemBytes),
    .DevmemBytes (DevmemBytes),
    .Write       (1'b0)
  ) u_desc (
    .clk_i,
    .rst_ni,
    .devwin_i,
    .start_i     (desc_start),
    .stop_i      (desc_stop),
    .busy_o      (desc_busy),
    .ptr_i       (cmd_i.ptr),
    .count_i     (cmd_i.count),
    .base_i      (cmd_i.arg[15:0]),
    .entries_i   (cmd_i.arg[31:16]),
    .table_i     (cmd_i.table_mode),
    .space_i     (cmd_i.space),
    .lmem_req_o,
    .lmem_gnt_i,
    .lmem_addr_o,
    .lmem_rdata_i,
    .valid_o     (desc_valid),
    .ready_i     (desc_ready),
    .desc_o      (desc)
  );

  rl_dma_split u_split (
    .clk_i,
    .rst_ni,
    .size_i,
    .stop_i  (split_stop),
    .start_i (split_start),
    .addr_i  (seg_addr),
    .len_i   (seg_len),
    .busy_o  (split_busy),
    .valid_o (piece_valid),
    .ready_i (req_valid_o && req_ready_i),
    .addr_o  (piece_addr),
    .len_o   (piece_len),
    .last_o  (piece_last),
    .soon_o  (unused_soon)
  );

  assign req_valid_o = piece_valid && order_ready_i && !stop && !failed_i;
  assign req_o = '{space: cmd_i.space, dst: piece_addr[15:0], len: piece_len,
                   addr: piece_addr};

  always_comb begin
    order_o.kind   = OrderSeg;
    order_o.status = status_q;
    order_o.tag    = req_tag_i;
    order_o.addr   = piece_addr[8:0];
    order_o.len    = piece_len;
    order_valid_o  = req_valid_o && req_ready_i;
    // An interrupted packet has no end of its own: the run's end follows.
    if (state_q == StEop) begin
      order_o.kind  = OrderEop;
      order_valid_o = 1'b1;
    end else if (state_q == StEnd) begin
      order_o.kind  = OrderEnd;
      order_valid_o = 1'b1;
    end
  end

  logic unused;
  assign unused = &{1'b0, unused_soon, behind[14:0], desc_busy, split_busy, cmd_i.arg[63:40], desc_q.err};
endmodule
