// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Registers, command queues and completion FIFO of the DMA engines.
// A command is judged when it is pushed. Every accepted command has a place in the
// completion FIFO reserved, so that it cannot overflow whatever firmware does.
module rl_dma_regs
  import rl_pkg::*;
  import rl_dma_pkg::*;
  import rl_regs_pkg::*;
#(
  parameter int unsigned NumQueues = 16,   // abort bits, 1 to 32
  parameter int unsigned CmdDepth  = 32,   // entries of each command queue, power of two, 4 to 256
  parameter int unsigned LmemBytes = 65536
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  reg_req_t    reg_i,
  output logic [31:0] reg_rdata_o,
  output logic        event_cpl_o,

  output logic [31:0] abort_o,
  output logic [31:0] timeout_o,
  output logic [63:0] devwin_o,
  output logic [15:0] posted_pushed_o,

  // Commands.
  output logic        fetch_valid_o,
  input  logic        fetch_ready_i,
  output rd_cmd_t     fetch_o,
  output logic        run_valid_o,
  input  logic        run_ready_i,
  output rd_cmd_t     run_o,
  output logic        wr_valid_o,
  input  logic        wr_ready_i,
  output wr_cmd_t     wr_o,

  // Completions. silent_i: a write command is over without one.
  input  logic        fetch_cpl_valid_i,
  output logic        fetch_cpl_ready_o,
  input  cpl_entry_t  fetch_cpl_i,
  input  logic        run_cpl_valid_i,
  output logic        run_cpl_ready_o,
  input  cpl_entry_t  run_cpl_i,
  input  logic        wr_cpl_valid_i,
  output logic        wr_cpl_ready_o,
  input  cpl_entry_t  wr_cpl_i,
  input  logic        silent_i
);
  if (CmdDepth < 4 || CmdDepth > 256 || (CmdDepth & (CmdDepth - 1)) != 0) begin : gen_depth
    $error("rl_dma_regs: CmdDepth must be a power of two, 4 to 256");
  end
  if (NumQueues < 1 || NumQueues > 32) begin : gen_queues
    $error("rl_dma_regs: NumQueues must be 1 to 32");
  end

  // Three queues' worth of commands and as many unread completions again; the rest is
  // for commands that were refused.
  localparam int unsigned CplDepth = 8 * CmdDepth;
  localparam int unsigned Refusals = CmdDepth;
  localparam int unsigned Reserve  = CplDepth - Refusals;
  localparam int unsigned Cw       = $clog2(CplDepth);
  localparam int unsigned Qw       = $clog2(CmdDepth + 1);

  // ---- Parameter registers
  logic [31:0] rd_addr_lo_q, rd_addr_hi_q, rd_local_q, rd_ring_q, rd_param_q;
  logic [31:0] wr_addr_lo_q, wr_addr_hi_q, wr_local_q, wr_ring_q, wr_param_q;
  logic [31:0] wr_data0_q, wr_data1_q, timeout_q, devwin_lo_q, devwin_hi_q;
  logic [NumQueues-1:0] abort_q;
  logic        write, rd_push, wr_push, rd_push_q, wr_push_q;
  logic [31:0] cmd_q;

  assign write   = reg_i.valid && reg_i.write;
  assign rd_push = write && reg_i.addr == REG_RD_CMD;
  assign wr_push = write && reg_i.addr == REG_WR_CMD;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      rd_addr_lo_q <= '0;
      rd_addr_hi_q <= '0;
      rd_local_q   <= '0;
      rd_ring_q    <= '0;
      rd_param_q   <= '0;
      wr_addr_lo_q <= '0;
      wr_addr_hi_q <= '0;
      wr_local_q   <= '0;
      wr_ring_q    <= '0;
      wr_param_q   <= '0;
      wr_data0_q   <= '0;
      wr_data1_q   <= '0;
      abort_q      <= '0;
      timeout_q    <= 32'd1250000;
      devwin_lo_q  <= '0;
      devwin_hi_q  <= '0;
      rd_push_q    <= 1'b0;
      wr_push_q    <= 1'b0;
      cmd_q        <= '0;
    end else begin
      rd_push_q <= rd_push;
      wr_push_q <= wr_push;
      cmd_q     <= reg_i.wdata;
      if (write) begin
        case (reg_i.addr)
          REG_RD_ADDR_LO: rd_addr_lo_q <= reg_i.wdata;
          REG_RD_ADDR_HI: rd_addr_hi_q <= reg_i.wdata;
          REG_RD_LOCAL:   rd_local_q   <= reg_i.wdata;
          REG_RD_RING:    rd_ring_q    <= reg_i.wdata;
          REG_RD_PARAM:   rd_param_q   <= reg_i.wdata;
          REG_WR_ADDR_LO: wr_addr_lo_q <= reg_i.wdata;
          REG_WR_ADDR_HI: wr_addr_hi_q <= reg_i.wdata;
          REG_WR_LOCAL:   wr_local_q   <= reg_i.wdata;
          REG_WR_RING:    wr_ring_q    <= reg_i.wdata;
          REG_WR_PARAM:   wr_param_q   <= reg_i.wdata;
          REG_WR_DATA0:   wr_data0_q   <= reg_i.wdata;
          REG_WR_DATA1:   wr_data1_q   <= reg_i.wdata;
          REG_DMA_ABORT:  abort_q      <= reg_i.wdata[NumQueues-1:0];
          REG_DMA_TIMEOUT_CYCLES: timeout_q <= reg_i.wdata;
          REG_DEVWIN_LO:  devwin_lo_q  <= reg_i.wdata;
          REG_DEVWIN_HI:  devwin_hi_q  <= reg_i.wdata;
          default: ;
        endcase
      end
    end
  end

  always_comb begin
    abort_o = '0;
    abort_o[NumQueues-1:0] = abort_q;
  end
  assign timeout_o = timeout_q;
  // The window is as long as device memory and aligned to 16 bytes at least.
  assign devwin_o  = {devwin_hi_q, devwin_lo_q[31:4], 4'h0};

  // ---- Judgement, one cycle after the push: the parameters cannot have changed yet
  logic        rd_bad, wr_bad, rd_fetch, in_lmem_rd, in_lmem_wr, in_lmem_hdr;
  logic        rd_ring_ok, wr_ring_ok, rd_run_ok, wr_run_ok;
  logic [15:0] rd_count, wr_count;
  logic [3:0]  op;
  rd_cmd_t     rd_cmd;
  wr_cmd_t     wr_cmd;

  assign op         = cmd_q[31:28];
  assign rd_count   = rd_local_q[31:16];
  assign wr_count   = wr_local_q[31:16];
  assign rd_fetch   = op != 4'(OP_RUN);
  assign in_lmem_rd = {1'b0, rd_local_q[15:0]} + {1'b0, rd_count} <= 17'(LmemBytes);
  assign in_lmem_wr = {1'b0, wr_local_q[15:0]} + {1'b0, wr_count} <= 17'(LmemBytes);
  assign in_lmem_hdr = {1'b0, wr_param_q[31:16]} + {9'b0, wr_param_q[7:0]} <= 17'(LmemBytes);
  assign rd_ring_ok = rd_ring_q[3:0] == '0 &&
                      {5'b0, rd_ring_q[15:4]} + {1'b0, rd_ring_q[31:16]} <= 17'(LmemBytes / 16);
  assign wr_ring_ok = wr_ring_q[3:0] == '0 &&
                      {5'b0, wr_ring_q[15:4]} + {1'b0, wr_ring_q[31:16]} <= 17'(LmemBytes / 16);
  assign rd_run_ok  = rd_local_q[3:0] == '0 && rd_count != '0 && rd_count <= 16'd32768 &&
                      rd_ring_ok && rd_param_q[11:8] == '0;
  assign wr_run_ok  = wr_local_q[3:0] == '0 && wr_count != '0 && wr_count <= 16'd32768 &&
                      wr_ring_ok && wr_param_q[11:8] == '0 && wr_param_q[7:0] <= 8'd32 &&
                      wr_param_q[19:16] == '0 && in_lmem_hdr;

  always_comb begin
    case (op)
      4'(OP_FETCH): rd_bad = rd_count == '0 || rd_count > 16'd4096 || !in_lmem_rd ||
                             rd_local_q[3:0] != rd_addr_lo_q[3:0];
      4'(OP_RUN):   rd_bad = !rd_run_ok;
      default:      rd_bad = 1'b1;
    endcase
    case (op)
      4'(OP_WRITE): wr_bad = wr_count == '0 || wr_count > 16'd4096 || !in_lmem_wr ||
                             wr_local_q[3:0] != wr_addr_lo_q[3:0];
      4'(OP_IMM4):  wr_bad = wr_addr_lo_q[1:0] != '0;
      4'(OP_IMM8):  wr_bad = wr_addr_lo_q[2:0] != '0;
      4'(OP_RUN):   wr_bad = !wr_run_ok;
      4'(OP_DROP):  wr_bad = wr_count == '0 || wr_param_q[11:8] != '0;
      4'(OP_MSIX), 4'(OP_NOP): wr_bad = 1'b0;
      default:      wr_bad = 1'b1;
    endcase

    rd_cmd.bad        = rd_bad;
    rd_cmd.fence      = cmd_q[CMD_FENCE_LSB];
    rd_cmd.table_mode = cmd_q[CMD_TABLE_LSB];
    rd_cmd.space      = cmd_q[CMD_SPACE_LSB];
    rd_cmd.qid        = cmd_q[20:16];
    rd_cmd.cookie     = cmd_q[15:0];
    rd_cmd.snap       = posted_pushed_o;
    rd_cmd.arg        = rd_fetch ? {rd_addr_hi_q, rd_addr_lo_q}
                                 : {24'h0, rd_param_q[7:0], rd_ring_q};
    rd_cmd.count      = rd_count;
    rd_cmd.ptr        = rd_local_q[15:0];

    wr_cmd.bad        = wr_bad;
    wr_cmd.op         = op;
    wr_cmd.notify     = cmd_q[CMD_NOTIFY_LSB];
    wr_cmd.table_mode = cmd_q[CMD_TABLE_LSB];
    wr_cmd.space      = cmd_q[CMD_SPACE_LSB] && op != 4'(OP_MSIX); // messages go to the host
    wr_cmd.qid        = cmd_q[20:16];
    wr_cmd.cookie     = cmd_q[15:0];
    wr_cmd.arg        = op == 4'(OP_RUN) ? {wr_param_q[31:16], 8'h0, wr_param_q[7:0], wr_ring_q}
                                         : {wr_addr_hi_q, wr_addr_lo_q};
    wr_cmd.loc        = op == 4'(OP_IMM4) || op == 4'(OP_IMM8) ? {wr_data1_q, wr_data0_q}
                                                               : {32'h0, wr_local_q};
  end

  // ---- Queues
  logic          reserved, fetch_room, run_room, wr_room, fetch_push, run_push, wr_take, refuse;
  logic [Qw-1:0] fetch_count, run_count, wr_queued;
  logic [Cw:0]   held_q;    // places reserved or used in the completion FIFO
  logic [Cw:0]   refused_q; // places used by refusals

  assign reserved   = held_q != (Cw+1)'(Reserve);
  assign fetch_push = rd_push_q && rd_fetch && reserved && fetch_room;
  assign run_push   = rd_push_q && !rd_fetch && reserved && run_room;
  assign wr_take    = wr_push_q && reserved && wr_room;
  assign refuse     = (rd_push_q && !fetch_push && !run_push) || (wr_push_q && !wr_take);

  rl_fifo #(.Width ($bits(rd_cmd_t)), .Depth (CmdDepth)) u_fetch (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i (fetch_push),
    .ready_o (fetch_room),
    .data_i  (rd_cmd),
    .valid_o (fetch_valid_o),
    .ready_i (fetch_ready_i),
    .data_o  (fetch_o),
    .count_o (fetch_count)
  );
  rl_fifo #(.Width ($bits(rd_cmd_t)), .Depth (CmdDepth)) u_run (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i (run_push),
    .ready_o (run_room),
    .data_i  (rd_cmd),
    .valid_o (run_valid_o),
    .ready_i (run_ready_i),
    .data_o  (run_o),
    .count_o (run_count)
  );
  rl_fifo #(.Width ($bits(wr_cmd_t)), .Depth (CmdDepth)) u_wr (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i (wr_take),
    .ready_o (wr_room),
    .data_i  (wr_cmd),
    .valid_o (wr_valid_o),
    .ready_i (wr_ready_i),
    .data_o  (wr_o),
    .count_o (wr_queued)
  );

  // The register write behind a push must see it counted already.
  logic [15:0] pushed_q;
  assign posted_pushed_o = pushed_q + 16'(wr_take);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) pushed_q <= '0;
    else pushed_q <= posted_pushed_o;
  end

  // Free entries: what both queues of the read side can take, whatever comes. Counted a
  // cycle ago, so less what has been pushed since; at times one too few.
  localparam int unsigned Fw = Qw > Cw + 1 ? Qw : Cw + 1;
  logic [Cw:0]   places;
  logic [Qw-1:0] rd_most;
  logic [Fw-1:0] rd_free_q, wr_free_q, rd_free, wr_free;
  logic [1:0]    rd_since, wr_since;
  logic          rd_push_qq, wr_push_qq;
  assign places  = (Cw+1)'(Reserve) - held_q;
  assign rd_most = fetch_count > run_count ? fetch_count : run_count;

  function automatic logic [Fw-1:0] least(input logic [Fw-1:0] a, input logic [Fw-1:0] b);
    return a < b ? a : b;
  endfunction

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      rd_free_q  <= '0;
      wr_free_q  <= '0;
      rd_push_qq <= 1'b0;
      wr_push_qq <= 1'b0;
    end else begin
      rd_free_q  <= least(Fw'(CmdDepth) - Fw'(rd_most), Fw'(places));
      wr_free_q  <= least(Fw'(CmdDepth) - Fw'(wr_queued), Fw'(places));
      rd_push_qq <= rd_push_q;
      wr_push_qq <= wr_push_q;
    end
  end

  assign rd_since = {1'b0, rd_push_q} + {1'b0, rd_push_qq};
  assign wr_since = {1'b0, wr_push_q} + {1'b0, wr_push_qq};
  assign rd_free  = rd_free_q > Fw'(rd_since) ? rd_free_q - Fw'(rd_since) : '0;
  assign wr_free  = wr_free_q > Fw'(wr_since) ? wr_free_q - Fw'(wr_since) : '0;

  // ---- Completion FIFO
  typedef struct packed {
    logic       refusal;
    cpl_entry_t cpl;
  } entry_t;
  // Not entry_t: an array of structures is made of flip-flops by some tools.
  (* no_rw_check *)
  logic [$bits(entry_t)-1:0] mem [CplDepth];
  entry_t      in, head_q, refusal;
  logic        head_valid_q, in_valid, refusal_q, pop, load;
  logic [Cw:0] wptr_q, rptr_q;
  logic [1:0]  turn_q;
  cpl_entry_t  refusal_cpl_q;

  assign refusal = '{refusal: 1'b1, cpl: refusal_cpl_q};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) refusal_q <= 1'b0;
    else if (refuse && refused_q != (Cw+1)'(Refusals)) refusal_q <= 1'b1;
    else refusal_q <= 1'b0;
  end
  always_ff @(posedge clk_i) begin
    refusal_cpl_q <= '{status: 4'(DMA_BADCMD), write: wr_push_q, qid: cmd_q[20:16],
                       cookie: cmd_q[15:0], bytes: '0};
  end

  // A refusal has no queue to wait in; the three engines take turns.
  always_comb begin
    in                = '{refusal: 1'b0, cpl: fetch_cpl_i};
    in_valid          = 1'b1;
    fetch_cpl_ready_o = 1'b0;
    run_cpl_ready_o   = 1'b0;
    wr_cpl_ready_o    = 1'b0;
    if (refusal_q) in = refusal;
    else if (wr_cpl_valid_i && turn_q != 2'd2) wr_cpl_ready_o = 1'b1;
    else if (run_cpl_valid_i && turn_q != 2'd1) run_cpl_ready_o = 1'b1;
    else if (fetch_cpl_valid_i) fetch_cpl_ready_o = 1'b1;
    else if (run_cpl_valid_i) run_cpl_ready_o = 1'b1;
    else if (wr_cpl_valid_i) wr_cpl_ready_o = 1'b1;
    else in_valid = 1'b0;
    if (wr_cpl_ready_o) in.cpl = wr_cpl_i;
    if (run_cpl_ready_o) in.cpl = run_cpl_i;
  end

  assign pop  = head_valid_q && reg_i.valid && !reg_i.write && reg_i.addr == REG_CPL;
  assign load = (!head_valid_q || pop) && wptr_q != rptr_q;
  assign event_cpl_o = head_valid_q;

  always_ff @(posedge clk_i) begin
    if (in_valid) mem[wptr_q[Cw-1:0]] <= in;
  end
  always_ff @(posedge clk_i) begin
    if (load) head_q <= mem[rptr_q[Cw-1:0]];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wptr_q       <= '0;
      rptr_q       <= '0;
      head_valid_q <= 1'b0;
      turn_q       <= '0;
      held_q       <= '0;
      refused_q    <= '0;
    end else begin
      if (in_valid) wptr_q <= wptr_q + 1'b1;
      if (load) rptr_q <= rptr_q + 1'b1;
      if (load) head_valid_q <= 1'b1;
      else if (pop) head_valid_q <= 1'b0;
      turn_q <= turn_q == 2'd2 ? 2'd0 : turn_q + 2'd1;
      held_q <= held_q + (Cw+1)'(fetch_push || run_push || wr_take) - (Cw+1)'(silent_i)
                - (Cw+1)'(pop && !head_q.refusal);
      refused_q <= refused_q + (Cw+1)'(refuse && refused_q != (Cw+1)'(Refusals))
                   - (Cw+1)'(pop && head_q.refusal);
    end
  end

  // ---- Reads
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reg_rdata_o <= '0;
    end else begin
      reg_rdata_o <= '0;
      if (reg_i.valid && !reg_i.write) begin
        case (reg_i.addr)
          REG_RD_ADDR_LO: reg_rdata_o <= rd_addr_lo_q;
          REG_RD_ADDR_HI: reg_rdata_o <= rd_addr_hi_q;
          REG_RD_LOCAL:   reg_rdata_o <= rd_local_q;
          REG_RD_RING:    reg_rdata_o <= rd_ring_q;
          REG_RD_PARAM:   reg_rdata_o <= rd_param_q;
          REG_RD_FREE:    reg_rdata_o <= 32'(rd_free);
          REG_WR_ADDR_LO: reg_rdata_o <= wr_addr_lo_q;
          REG_WR_ADDR_HI: reg_rdata_o <= wr_addr_hi_q;
          REG_WR_LOCAL:   reg_rdata_o <= wr_local_q;
          REG_WR_RING:    reg_rdata_o <= wr_ring_q;
          REG_WR_PARAM:   reg_rdata_o <= wr_param_q;
          REG_WR_DATA0:   reg_rdata_o <= wr_data0_q;
          REG_WR_DATA1:   reg_rdata_o <= wr_data1_q;
          REG_WR_FREE:    reg_rdata_o <= 32'(wr_free);
          REG_CPL_BYTES:  reg_rdata_o <= head_valid_q ? head_q.cpl.bytes : '0;
          REG_CPL: if (head_valid_q) begin
            reg_rdata_o <= {1'b1, 3'b0, head_q.cpl.status, 2'b0, head_q.cpl.write,
                            head_q.cpl.qid, head_q.cpl.cookie};
          end
          REG_DMA_ABORT:  reg_rdata_o <= abort_o;
          REG_DMA_TIMEOUT_CYCLES: reg_rdata_o <= timeout_q;
          REG_DEVWIN_LO:  reg_rdata_o <= devwin_o[31:0];
          REG_DEVWIN_HI:  reg_rdata_o <= devwin_hi_q;
          REG_DMA_BUSY:   reg_rdata_o <= 32'(held_q) + 32'(refused_q);
          default: ;
        endcase
      end
    end
  end

  logic unused;
  assign unused = &{1'b0, cmd_q[27:25], devwin_lo_q[3:0]};
endmodule
