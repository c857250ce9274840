// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Front of the write engine: turns commands into jobs for the source and items for the
// former, in order. Runs ahead of both.
module rl_dma_wr_front
  import rl_dma_pkg::*;
  import rl_regs_pkg::*;
#(
  parameter int unsigned LmemBytes   = 65536,
  parameter int unsigned DevmemBytes = 131072
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  ctl_t        ctl_i,
  input  logic [63:0] devwin_i,

  input  logic        cmd_valid_i,
  output logic        cmd_ready_o,
  input  wr_cmd_t     cmd_i,

  output logic        lmem_req_o,
  input  logic        lmem_gnt_i,
  output logic [$clog2(LmemBytes)-5:0] lmem_addr_o,
  input  logic [127:0] lmem_rdata_i,

  output logic        job_valid_o,
  input  logic        job_ready_i,
  output job_t        job_o,
  output logic        item_valid_o,
  input  logic        item_ready_i,
  output item_t       item_o
);
  localparam int unsigned Dw = $clog2(DevmemBytes);

  typedef enum logic [2:0] {
    StIdle,  // wait for a command, compute its range
    StStart, // judge, give the source its job
    StOne,   // the only item of a plain command
    StDesc,  // descriptors of a run
    StEnd    // end of the command
  } state_e;
  state_e      state_q, state_d;
  status_t     status_q, status_d;
  owner_t      owner;
  logic        stop, wraps, outside, desc_start, desc_stop, desc_valid, desc_ready, desc_busy;
  logic        first_q, run, plain;
  logic [15:0] count, len;
  logic [63:0] addr_q;
  logic [64:0] end_q;
  desc_t       desc;

  assign owner = '{space: cmd_i.space, qid: cmd_i.qid, cookie: cmd_i.cookie};
  // The command was there a cycle before it is judged.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) stop <= 1'b0;
    else stop <= stopped(ctl_i, owner);
  end
  assign count = cmd_i.loc[31:16];
  assign run   = cmd_i.op == 4'(OP_RUN);
  assign plain = cmd_i.op == 4'(OP_WRITE) || cmd_i.op == 4'(OP_IMM4) || cmd_i.op == 4'(OP_IMM8);
  assign len   = cmd_i.op == 4'(OP_IMM4) ? 16'd4 : cmd_i.op == 4'(OP_IMM8) ? 16'd8 : count;
  assign wraps   = end_q[64] && end_q[63:0] != '0;
  assign outside = addr_q[63:Dw] != '0 ||
                   {{(17-Dw+1){1'b0}}, addr_q[Dw-1:0]} + {2'b0, len} > 18'(DevmemBytes);

  // A descriptor that begins a packet needs a job, too.
  logic desc_go;
  assign desc_go = desc_valid && item_ready_i && (!first_q || job_ready_i);

  always_comb begin
    state_d      = state_q;
    status_d     = status_q;
    job_valid_o  = 1'b0;
    item_valid_o = 1'b0;
    desc_start   = 1'b0;
    desc_stop    = 1'b0;
    desc_ready   = 1'b0;
    cmd_ready_o  = 1'b0;
    unique case (state_q)
      StIdle: if (cmd_valid_i) state_d = StStart;
      StStart: begin
        status_d = 4'(DMA_OK);
        state_d  = StEnd;
        if (cmd_i.bad) status_d = 4'(DMA_BADCMD);
        else if (stop) status_d = 4'(DMA_ABORTED);
        else if (plain && (cmd_i.space ? outside : wraps)) status_d = 4'(DMA_BOUNDS);
        else if (cmd_i.op == 4'(OP_NOP)) state_d = StEnd;
        else if (cmd_i.op == 4'(OP_MSIX)) state_d = StOne;
        else if (!job_ready_i) state_d = StStart;
        else begin
          job_valid_o = 1'b1;
          desc_start  = run;
          state_d     = run ? StDesc : StOne;
        end
      end
      StOne: begin
        item_valid_o = 1'b1;
        if (item_ready_i) state_d = StEnd;
      end
      StDesc: begin
        if (stop) begin
          status_d = 4'(DMA_ABORTED);
          state_d  = StEnd;
        end else if (desc_valid && desc.err != 4'(DMA_OK)) begin
          status_d = desc.err;
          state_d  = StEnd;
        end else if (desc_go) begin
          desc_ready   = 1'b1;
          item_valid_o = 1'b1;
          job_valid_o  = first_q;
          if (desc.done) state_d = StEnd;
        end
      end
      default: begin // StEnd
        item_valid_o = 1'b1;
        if (item_ready_i) begin
          desc_stop   = 1'b1;
          cmd_ready_o = 1'b1;
          state_d     = StIdle;
        end
      end
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= StIdle;
      status_q <= '0;
      first_q  <= 1'b1;
    end else begin
      state_q  <= state_d;
      status_q <= status_d;
      if (state_q == StStart) first_q <= 1'b1;
      else if (desc_ready) first_q <= desc.last;
    end
  end
  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) begin
      addr_q <= cmd_i.space ? cmd_i.arg - devwin_i : cmd_i.arg;
      end_q  <= {1'b0, cmd_i.arg} + {49'b0, len};
    end
  end

  always_comb begin
    job_o.owner = owner;
    job_o.loc   = cmd_i.loc;
    job_o.imm   = len[3:0];
    unique case (cmd_i.op)
      4'(OP_RUN): begin
        job_o.kind = state_q == StDesc ? JobPacket : JobHdr;
        job_o.loc  = {32'h0, 8'h0, cmd_i.arg[39:32], cmd_i.arg[63:48]};
      end
      4'(OP_WRITE): job_o.kind = JobLocal;
      4'(OP_DROP):  job_o.kind = JobDrop;
      default:      job_o.kind = JobImm;
    endcase

    item_o.kind   = ItemSeg;
    item_o.first  = state_q == StDesc ? first_q : 1'b1;
    item_o.last   = state_q == StDesc ? desc.last : 1'b1;
    item_o.notify = cmd_i.notify;
    item_o.run    = run || cmd_i.op == 4'(OP_DROP);
    item_o.writes = run || plain;
    item_o.status = status_q;
    item_o.owner  = owner;
    item_o.hdr    = run ? cmd_i.arg[37:32] : '0;
    item_o.len    = state_q == StDesc ? desc.len : {16'h0, len};
    item_o.addr   = state_q == StDesc ? desc.addr : addr_q;
    if (state_q == StEnd) begin
      item_o.kind = ItemEnd;
    end else if (cmd_i.op == 4'(OP_MSIX)) begin
      item_o.kind = ItemMsix;
      item_o.addr = {48'h0, count};
    end else if (cmd_i.op == 4'(OP_DROP)) begin
      item_o.kind = ItemDrop;
    end
  end

  rl_dma_desc #(
    .LmemBytes   (LmemBytes),
    .DevmemBytes (DevmemBytes),
    .Write       (1'b1)
  ) u_desc (
    .clk_i,
    .rst_ni,
    .devwin_i,
    .start_i     (desc_start),
    .stop_i      (desc_stop),
    .busy_o      (desc_busy),
    .ptr_i       (cmd_i.loc[15:0]),
    .count_i     (count),
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

  logic unused;
  assign unused = &{1'b0, desc_busy};
endmodule
