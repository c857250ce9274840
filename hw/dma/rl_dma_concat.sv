// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Joins pieces of bytes at any lane into contiguous beats, a packet after the other.
// One piece per cycle; a beat leaves only when a byte behind it or the packet's end is
// known. Marks travel in order with the pieces: a failure ends the packet with
// last and user if some of it has left and swallows everything up to the end mark.
module rl_dma_concat
  import rl_dma_pkg::*;
  import rl_regs_pkg::*;
#(
  parameter bit          EmptyBeats = 1'b0, // an empty packet gives one beat of no bytes
  parameter int unsigned OutDepth   = 2     // beats that wait at the output, power of two
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  // A piece: n bytes from lane lo, or a mark (n is 0).
  input  logic         valid_i,
  output logic         ready_o,
  input  logic [127:0] data_i,
  input  logic [3:0]   lo_i,
  input  logic [4:0]   n_i,      // 0 to 16
  input  logic         eop_i,    // the packet ends behind this piece
  input  logic         mark_i,   // status_i not OK: failure
  input  logic         end_i,    // with mark_i: end of the run
  input  status_t      status_i,
  // Fails the run at hand at once, with ABORTED, even while the output is stuck.
  input  logic         kill_i,

  output logic         valid_o,
  input  logic         ready_i,
  output beat_t        beat_o,
  output logic         user_o,

  // The end mark has arrived: final status, bytes that left.
  output logic         end_valid_o,
  input  logic         end_ready_i,
  output status_t      end_status_o,
  output logic [31:0]  end_bytes_o,
  // The run at hand has failed.
  output logic         failed_o
);
  // ---- Stage 0: as it comes, out of a memory
  typedef struct packed {
    logic [127:0] data;
    logic [3:0]   lo;
    logic [4:0]   n;
    logic         eop, mark, fin;
    status_t      status;
  } piece_t;
  piece_t     s0_in, s0;
  logic       s0_valid, s0_take;
  logic [1:0] unused_count;
  assign s0_in = '{data: data_i, lo: lo_i, n: n_i, eop: eop_i, mark: mark_i, fin: end_i,
                   status: status_i};

  rl_fifo #(.Width ($bits(piece_t)), .Depth (2)) u_in (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i,
    .ready_o,
    .data_i  (s0_in),
    .valid_o (s0_valid),
    .ready_i (s0_take),
    .data_o  (s0),
    .count_o (unused_count)
  );

  // ---- Stage 1: rotate to where the bytes will lie
  logic         s1_valid_q, s1_eop_q, s1_mark_q, s1_end_q, s1_go;
  logic [4:0]   fill_q, s1_fill_q, s1_n_q;
  logic [5:0]   sum;
  logic [127:0] s1_data_q;
  status_t      s1_status_q;

  assign s0_take = !s1_valid_q || s1_go;
  assign sum     = {1'b0, fill_q} + {1'b0, s0.n};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      s1_valid_q <= 1'b0;
      fill_q     <= '0;
    end else if (s0_take) begin
      s1_valid_q <= s0_valid;
      if (s0_valid) begin
        if (s0.eop || s0.mark) fill_q <= '0;
        else fill_q <= sum > 6'd16 ? 5'(sum - 6'd16) : sum[4:0];
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (s0_take) begin
      s1_data_q   <= rotate(s0.data, fill_q[3:0] - s0.lo);
      s1_fill_q   <= fill_q;
      s1_n_q      <= s0.n;
      s1_eop_q    <= s0.eop;
      s1_mark_q   <= s0.mark;
      s1_end_q    <= s0.fin;
      s1_status_q <= s0.status;
    end
  end

  // ---- Stage 2: merge
  logic         failed_q, term_q, begun_q, flush_q;
  status_t      status_q;
  logic [31:0]  bytes_q; // but for the last beat's
  logic [4:0]   more_q;
  logic [127:0] acc_q, merged;
  logic [4:0]   acc_n_q;
  logic [5:0]   total;
  logic         over, o_free;
  beat_t        o_in;
  logic [$clog2(OutDepth+1)-1:0] unused_o_count;
  logic         emit, emit_last, emit_flush, terminate, accept, fail, discard;
  logic [4:0]   emit_n;
  status_t      fail_status;

  assign total  = {1'b0, s1_fill_q} + {1'b0, s1_n_q};
  assign over   = total > 6'd16;

  always_comb begin
    for (int unsigned i = 0; i < 16; i++) begin
      merged[8*i+:8] = 5'(i) < s1_fill_q ? acc_q[8*i+:8] : s1_data_q[8*i+:8];
    end
  end

  assign discard     = failed_q;
  assign terminate   = term_q && o_free;
  assign fail        = !failed_q && (kill_i || (s1_valid_q && s1_mark_q &&
                                               s1_status_q != 4'(DMA_OK)));
  assign fail_status = kill_i ? 4'(DMA_ABORTED) : s1_status_q;
  assign end_valid_o = s1_valid_q && s1_mark_q && s1_end_q && !fail;
  assign end_status_o = failed_q ? status_q : 4'(DMA_OK);
  assign end_bytes_o = bytes_q + {27'b0, more_q};
  assign failed_o    = failed_q;

  always_comb begin
    emit       = 1'b0; // a beat of bytes goes to the output
    emit_last  = 1'b0;
    emit_flush = 1'b0; // it is the rest that a last piece left behind
    emit_n     = total[4:0];
    accept     = 1'b0; // the piece is done with
    if (s1_valid_q) begin
      if (s1_mark_q) begin
        // A failing end mark fails first and ends in the next cycle.
        accept = s1_end_q ? !fail && end_ready_i : !kill_i || failed_q;
      end else if (discard) begin
        accept = 1'b1;
      end else if (fail) begin
        accept = 1'b0;
      end else if (flush_q) begin
        emit       = o_free && !term_q;
        emit_last  = 1'b1;
        emit_flush = 1'b1;
        emit_n     = acc_n_q;
        accept     = emit;
      end else if (over) begin
        emit   = o_free && !term_q;
        emit_n = 5'd16;
        accept = emit && !s1_eop_q;
      end else if (s1_eop_q && (EmptyBeats || total != '0)) begin
        emit      = o_free && !term_q;
        emit_last = 1'b1;
        accept    = emit;
      end else begin
        accept = 1'b1;
      end
    end
  end
  assign s1_go = accept;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      failed_q  <= 1'b0;
      term_q    <= 1'b0;
      begun_q   <= 1'b0;
      flush_q   <= 1'b0;
      status_q  <= '0;
      bytes_q   <= '0;
      more_q    <= '0;
    end else begin
      bytes_q <= bytes_q + {27'b0, more_q};
      more_q  <= emit ? emit_n : '0;
      if (terminate) term_q <= 1'b0;
      if (fail) begin
        failed_q <= 1'b1;
        status_q <= fail_status;
        flush_q  <= 1'b0;
        begun_q  <= 1'b0;
        if (begun_q) term_q <= 1'b1;
      end else begin
        if (emit) begin
          begun_q <= !emit_last;
          flush_q <= over && s1_eop_q && !emit_flush;
        end
        if (end_valid_o && end_ready_i) begin
          failed_q <= 1'b0;
          bytes_q  <= '0;
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (s1_valid_q && !flush_q && !s1_mark_q && (accept || emit)) begin
      acc_q   <= over ? s1_data_q : merged;
      acc_n_q <= over ? 5'(total - 6'd16) : total[4:0];
    end
  end

  assign o_in.last = term_q || emit_last;
  assign o_in.n    = term_q ? 5'd1 : emit_n;
  assign o_in.data = emit_flush ? acc_q : merged;

  rl_fifo #(.Width ($bits(beat_t) + 1), .Depth (OutDepth)) u_out (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i (emit || term_q),
    .ready_o (o_free),
    .data_i  ({term_q, o_in}),
    .valid_o,
    .ready_i,
    .data_o  ({user_o, beat_o}),
    .count_o (unused_o_count)
  );

  logic unused;
  assign unused = ^{unused_count, unused_o_count};
endmodule
