// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Source of the write engine: delivers each packet as contiguous beats - headers and
// stream, local memory, immediate data. A packet of the stream is begun only when its
// first beat is there and is then always taken whole; in its place a stopped command gets
// an empty packet. A DROP ends with an empty packet whose data is the bytes discarded.
module rl_dma_wr_src
  import rl_dma_pkg::*;
  import rl_regs_pkg::*;
#(
  parameter int unsigned LmemBytes = 65536
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  ctl_t         ctl_i,

  input  logic         job_valid_i,
  output logic         job_ready_o,
  input  job_t         job_i,

  output logic         lmem_req_o,
  input  logic         lmem_gnt_i,
  output logic [$clog2(LmemBytes)-5:0] lmem_addr_o,
  input  logic [127:0] lmem_rdata_i,

  input  logic         s_axis_tvalid_i,
  output logic         s_axis_tready_o,
  input  logic [127:0] s_axis_tdata_i,
  input  logic [15:0]  s_axis_tkeep_i,
  input  logic         s_axis_tlast_i,

  output logic         beat_valid_o,
  input  logic         beat_ready_i,
  output beat_t        beat_o
);
  localparam int unsigned Aw = $clog2(LmemBytes) - 4;

  typedef enum logic [2:0] {
    StIdle,  // next job, first piece of a packet
    StHdr1,  // second header word of a packet
    StBody,  // the packet's beats
    StLocal, // words of local memory
    StLoad,  // header words are being read
    StDrop   // packets are discarded
  } state_e;
  state_e       state_q, state_d;
  logic         stop, piece_valid, piece_ready, piece_eop, job_take;
  logic [127:0] piece_data;
  logic [3:0]   piece_lo;
  logic [4:0]   piece_n, keep_n;
  logic [127:0] hdr0_q, hdr1_q;
  logic [5:0]   hdr_n_q;
  logic         take_q; // a packet is being dropped
  logic [15:0]  drop_q;
  logic [31:0]  dropped_q;

  assign stop = stopped(ctl_i, job_i.owner);

  always_comb begin
    keep_n = '0;
    for (int unsigned i = 0; i < 16; i++) keep_n = keep_n + {4'b0, s_axis_tkeep_i[i]};
  end

  // ---- Words of local memory: read ahead into a small FIFO
  typedef struct packed {
    logic       eop;
    logic [3:0] lo;
    logic [4:0] n;
  } word_t;
  typedef struct packed {
    word_t        mark;
    logic [127:0] data;
  } read_t;
  logic          rd_any_q; // rd_left is not 0
  logic          rd_start, issue, flying_q, rd_valid, rd_ready, unused_ready;
  logic [Aw-1:0] rd_addr_q;
  logic [3:0]    rd_lo_q;
  logic [15:0]   rd_left_q;
  logic [16:0]   rd_stop;
  logic [2:0]    rd_count;
  word_t         word_q;
  read_t         rd_in, rd_out;

  assign rd_stop     = {13'b0, rd_lo_q} + {1'b0, rd_left_q};
  assign lmem_req_o  = rd_any_q && ({1'b0, rd_count} + {3'b0, flying_q} < 4'd4);
  assign lmem_addr_o = rd_addr_q;
  assign issue       = lmem_req_o && lmem_gnt_i;
  assign rd_in       = '{mark: word_q, data: lmem_rdata_i};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      rd_any_q  <= 1'b0;
      rd_left_q <= '0;
      flying_q  <= 1'b0;
    end else begin
      flying_q <= issue;
      if (rd_start) rd_any_q <= job_i.loc[31:16] != '0;
      else if (issue) rd_any_q <= rd_stop > 17'd16;
      if (rd_start) rd_left_q <= job_i.loc[31:16];
      else if (issue) rd_left_q <= rd_stop > 17'd16 ? 16'(rd_stop - 17'd16) : '0;
    end
  end
  always_ff @(posedge clk_i) begin
    if (rd_start) begin
      rd_addr_q <= job_i.loc[4+:Aw];
      rd_lo_q   <= job_i.loc[3:0];
    end else if (issue) begin
      rd_addr_q <= rd_addr_q + 1'b1;
      rd_lo_q   <= '0;
    end
    if (issue) begin
      word_q.eop <= rd_stop <= 17'd16;
      word_q.lo  <= rd_lo_q;
      word_q.n   <= rd_stop <= 17'd16 ? rd_left_q[4:0] : 5'd16 - {1'b0, rd_lo_q};
    end
  end

  rl_fifo #(.Width ($bits(read_t)), .Depth (4)) u_words (
    .clk_i,
    .rst_ni,
    .clear_i (1'b0),
    .valid_i (flying_q),
    .ready_o (unused_ready), // never full: words are read against its room
    .data_i  (rd_in),
    .valid_o (rd_valid),
    .ready_i (rd_ready),
    .data_o  (rd_out),
    .count_o (rd_count)
  );

  // ---- Pieces
  always_comb begin
    state_d         = state_q;
    piece_valid     = 1'b0;
    piece_data      = s_axis_tdata_i;
    piece_lo        = '0;
    piece_n         = '0;
    piece_eop       = 1'b0;
    job_take        = 1'b0;
    rd_start        = 1'b0;
    rd_ready        = 1'b0;
    s_axis_tready_o = 1'b0;
    unique case (state_q)
      StIdle: if (job_valid_i) begin
        unique case (job_i.kind)
          JobHdr: begin
            rd_start = 1'b1;
            state_d  = StLoad;
            if (job_i.loc[31:16] == '0) begin
              rd_start = 1'b0;
              job_take = 1'b1;
              state_d  = StIdle;
            end
          end
          JobPacket: begin
            if (stop) begin
              piece_valid = 1'b1;
              piece_eop   = 1'b1;
              job_take    = piece_ready;
            end else if (s_axis_tvalid_i) begin
              if (hdr_n_q == '0) begin
                state_d  = StBody;
                job_take = 1'b1;
              end else begin
                piece_valid = 1'b1;
                piece_data  = hdr0_q;
                piece_n     = hdr_n_q > 6'd16 ? 5'd16 : hdr_n_q[4:0];
                if (piece_ready) begin
                  job_take = 1'b1;
                  state_d  = hdr_n_q > 6'd16 ? StHdr1 : StBody;
                end
              end
            end
          end
          JobLocal: begin
            rd_start = 1'b1;
            state_d  = StLocal;
          end
          JobDrop: state_d = StDrop;
          default: begin // JobImm
            piece_valid = 1'b1;
            piece_data  = {64'h0, job_i.loc};
            piece_n     = {1'b0, job_i.imm};
            piece_eop   = 1'b1;
            job_take    = piece_ready;
          end
        endcase
      end
      StHdr1: begin
        piece_valid = 1'b1;
        piece_data  = hdr1_q;
        piece_n     = 5'(hdr_n_q - 6'd16);
        if (piece_ready) state_d = StBody;
      end
      StBody: begin
        piece_valid     = s_axis_tvalid_i;
        piece_n         = keep_n;
        piece_eop       = s_axis_tlast_i;
        s_axis_tready_o = piece_ready;
        if (s_axis_tvalid_i && piece_ready && s_axis_tlast_i) state_d = StIdle;
      end
      StLocal: begin
        piece_valid = rd_valid;
        piece_data  = rd_out.data;
        piece_lo    = rd_out.mark.lo;
        piece_n     = rd_out.mark.n;
        piece_eop   = rd_out.mark.eop;
        rd_ready    = piece_ready;
        if (rd_valid && piece_ready && rd_out.mark.eop) begin
          job_take = 1'b1;
          state_d  = StIdle;
        end
      end
      StLoad: begin
        rd_ready = 1'b1;
        if (rd_valid && rd_out.mark.eop) begin
          job_take = 1'b1;
          state_d  = StIdle;
        end
      end
      default: begin // StDrop
        if (!take_q && (drop_q == '0 || stop)) begin
          piece_valid = 1'b1;
          piece_data  = {96'h0, dropped_q};
          piece_eop   = 1'b1;
          if (piece_ready) begin
            job_take = 1'b1;
            state_d  = StIdle;
          end
        end else begin
          s_axis_tready_o = 1'b1;
        end
      end
    endcase
  end
  assign job_ready_o = job_take;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      take_q  <= 1'b0;
      hdr_n_q <= '0;
    end else begin
      state_q <= state_d;
      if (state_q == StDrop && s_axis_tvalid_i && s_axis_tready_o) take_q <= !s_axis_tlast_i;
      if (state_q == StIdle && job_valid_i && job_i.kind == JobHdr) hdr_n_q <= job_i.loc[21:16];
    end
  end
  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) begin
      drop_q    <= job_i.loc[31:16];
      dropped_q <= '0;
    end else if (state_q == StDrop && s_axis_tvalid_i && s_axis_tready_o) begin
      dropped_q <= dropped_q + {27'b0, keep_n};
      if (s_axis_tlast_i) drop_q <= drop_q - 16'd1;
    end
    if (state_q == StLoad && rd_valid) begin
      // The second of two words comes last.
      hdr1_q <= rd_out.data;
      if (!rd_out.mark.eop || hdr_n_q <= 6'd16) hdr0_q <= rd_out.data;
    end
  end

  // ---- Contiguous beats
  logic        unused_user, unused_end, unused_failed;
  status_t     unused_status;
  logic [31:0] unused_bytes;

  rl_dma_concat #(.EmptyBeats (1'b1), .OutDepth (8)) u_concat (
    .clk_i,
    .rst_ni,
    .valid_i      (piece_valid),
    .ready_o      (piece_ready),
    .data_i       (piece_data),
    .lo_i         (piece_lo),
    .n_i          (piece_n),
    .eop_i        (piece_eop),
    .mark_i       (1'b0),
    .end_i        (1'b0),
    .status_i     (4'(DMA_OK)),
    .kill_i       (1'b0),
    .valid_o      (beat_valid_o),
    .ready_i      (beat_ready_i),
    .beat_o,
    .user_o       (unused_user),
    .end_valid_o  (unused_end),
    .end_ready_i  (1'b0),
    .end_status_o (unused_status),
    .end_bytes_o  (unused_bytes),
    .failed_o     (unused_failed)
  );

  logic unused;
  assign unused = &{1'b0, unused_ready, unused_user, unused_end, unused_failed, unused_status,
                    unused_bytes};
endmodule
