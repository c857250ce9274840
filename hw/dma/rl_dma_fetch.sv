// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Fetches: memory to local memory. Several are in flight; they finish in order.
// Independent of runs: own commands, own tags.
module rl_dma_fetch
  import rl_dma_pkg::*;
  import rl_regs_pkg::*;
#(
  parameter int unsigned FetchTags   = 8,
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

  output logic        req_valid_o,
  input  logic        req_ready_i,
  output rreq_t       req_o,
  input  logic [5:0]  req_tag_i,   // tag that the request gets when it is taken

  output logic [5:0]  head_o,
  input  logic        head_done_i,
  input  status_t     head_status_i,
  output logic        head_free_o,

  output logic        cpl_valid_o,
  input  logic        cpl_ready_i,
  output cpl_entry_t  cpl_o
);
  localparam int unsigned Depth = 2 << $clog2(FetchTags);
  localparam int unsigned Dw    = $clog2(DevmemBytes);

  // Requests in order, and the end of each command.
  typedef struct packed {
    logic       fin;
    status_t    status;
    owner_t     owner;
    logic [5:0] tag;
    logic [9:0] len;
  } slot_order_t;
  slot_order_t order_in, order_out;
  logic   order_valid_in, order_ready_in, order_valid, order_ready;
  logic [$clog2(Depth+1)-1:0] order_count;

  rl_fifo #(.Width ($bits(slot_order_t)), .Depth (Depth)) u_order (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i (order_valid_in),
    .ready_o (order_ready_in),
    .data_i  (order_in),
    .valid_o (order_valid),
    .ready_i (order_ready),
    .data_o  (order_out),
    .count_o (order_count)
  );

  // ---- Requests
  typedef enum logic [1:0] {
    StIdle,  // wait for a command, compute its range
    StStart, // wait for the fence, judge
    StSplit, // requests leave
    StEnd    // tell the retiring side
  } state_e;
  state_e      state_q, state_d;
  status_t     status_q, status_d;
  logic [63:0] addr_q;
  logic [64:0] end_q;
  owner_t      owner;
  logic        stop, wraps, outside, fenced, cut, split_start, split_busy, piece_valid;
  logic        piece_last;
  logic [63:0] piece_addr;
  logic [9:0]  piece_len, unused_soon;
  logic [15:0] dst_q, behind;

  assign owner   = '{space: cmd_i.space, qid: cmd_i.qid, cookie: cmd_i.cookie};
  // The command was there a cycle before it is judged.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) stop <= 1'b0;
    else stop <= stopped(ctl_i, owner);
  end
  assign wraps   = end_q[64] && end_q[63:0] != '0;
  assign outside = addr_q[63:Dw] != '0 ||
                   {{(17-Dw+1){1'b0}}, addr_q[Dw-1:0]} + {2'b0, cmd_i.count} > 18'(DevmemBytes);
  assign behind  = posted_done_i - cmd_i.snap;
  assign fenced  = cmd_i.fence && behind[15];

  always_comb begin
    state_d     = state_q;
    status_d    = status_q;
    split_start = 1'b0;
    cut         = 1'b0;
    cmd_ready_o = 1'b0;
    unique case (state_q)
      StIdle: if (cmd_valid_i) state_d = StStart;
      StStart: begin
        state_d = StEnd;
        if (cmd_i.bad) status_d = 4'(DMA_BADCMD);
        else if (stop) status_d = 4'(DMA_ABORTED);
        else if (cmd_i.space ? outside : wraps) status_d = 4'(DMA_BOUNDS);
        else if (fenced) state_d = StStart;
        else begin
          status_d    = 4'(DMA_OK);
          split_start = 1'b1;
          state_d     = StSplit;
        end
      end
      StSplit: begin
        if (stop) begin
          cut      = 1'b1;
          status_d = 4'(DMA_ABORTED);
          state_d  = StEnd;
        end else if (piece_valid && req_ready_i && piece_last) begin
          state_d = StEnd;
        end
      end
      StEnd: if (order_ready_in) begin
        cmd_ready_o = 1'b1;
        state_d     = StIdle;
      end
    endcase
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
    if (state_q == StIdle) begin
      addr_q <= cmd_i.space ? cmd_i.arg - devwin_i : cmd_i.arg;
      end_q  <= {1'b0, cmd_i.arg} + {49'b0, cmd_i.count};
      dst_q  <= cmd_i.ptr;
    end else if (req_valid_o && req_ready_i) begin
      dst_q  <= dst_q + {6'b0, piece_len};
    end
  end

  rl_dma_split u_split (
    .clk_i,
    .rst_ni,
    .size_i,
    .stop_i  (cut),
    .start_i (split_start),
    .addr_i  (addr_q),
    .len_i   ({16'b0, cmd_i.count}),
    .busy_o  (split_busy),
    .valid_o (piece_valid),
    .ready_i (req_valid_o && req_ready_i),
    .addr_o  (piece_addr),
    .len_o   (piece_len),
    .last_o  (piece_last),
    .soon_o  (unused_soon)
  );

  assign req_valid_o = piece_valid && order_ready_in && !stop;
  assign req_o       = '{space: cmd_i.space, dst: dst_q, len: piece_len, addr: piece_addr};

  always_comb begin
    order_valid_in  = (req_valid_o && req_ready_i) || state_q == StEnd;
    order_in.fin    = state_q == StEnd;
    order_in.status = status_q;
    order_in.owner  = owner;
    order_in.tag    = req_tag_i;
    order_in.len    = piece_len;
  end

  // ---- Retire in order
  status_t     sum_q;
  logic [31:0] bytes_q;

  assign head_o      = order_out.tag;
  assign head_free_o = order_valid && !order_out.fin && head_done_i;
  assign cpl_valid_o = order_valid && order_out.fin;
  assign order_ready = order_out.fin ? cpl_ready_i : head_done_i;

  always_comb begin
    cpl_o.status = sum_q != 4'(DMA_OK) ? sum_q : order_out.status;
    cpl_o.write  = 1'b0;
    cpl_o.qid    = order_out.owner.qid;
    cpl_o.cookie = order_out.owner.cookie;
    cpl_o.bytes  = bytes_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sum_q   <= '0;
      bytes_q <= '0;
    end else if (cpl_valid_o && cpl_ready_i) begin
      sum_q   <= '0;
      bytes_q <= '0;
    end else if (head_free_o) begin
      if (sum_q == 4'(DMA_OK)) sum_q <= head_status_i;
      if (head_status_i == 4'(DMA_OK)) bytes_q <= bytes_q + {22'b0, order_out.len};
    end
  end

  logic unused;
  assign unused = &{1'b0, unused_soon, behind[14:0], split_busy, order_count, order_out.owner.space, cmd_i.table_mode};
endmodule
