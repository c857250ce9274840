// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// BAR2: writes and reads of any alignment to 16-byte words of device memory.
// A write takes the port two cycles at most after its beat was taken, one more for its
// tail; a read starts no earlier than four cycles after the posted writes before it
// were taken, so it always sees them.
module rl_devmem_port
  import rl_pcie_pkg::*;
#(
  parameter int unsigned DevmemBytes = 131072 // power of two
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  // Writes, see rl_pcie_rx.
  input  logic         w_valid_i,
  output logic         w_ready_o,
  input  logic         w_sop_i,
  input  logic         w_eop_i,
  input  logic [$clog2(DevmemBytes)-3:0] w_addr_i,
  input  logic [15:0]  w_strb_i,
  input  logic [127:0] w_data_i,

  // Reads, see rl_pcie_np.
  input  logic         r_valid_i,
  output logic         r_ready_o,
  input  cpl_t         r_i,
  input  logic [$clog2(DevmemBytes)-3:0] r_addr_i,
  input  logic [2:0]   mps_i,

  // To the completion queue, which holds 64 beats.
  output logic         beat_valid_o,
  output logic [127:0] beat_o,
  input  logic [6:0]   beat_count_i,
  output logic         hdr_valid_o,
  input  logic         hdr_ready_i,
  output cpl_t         hdr_o,
  // No read inside.
  output logic         idle_o,

  // Device memory: read data in the next cycle.
  output logic         mem_req_o,
  output logic         mem_we_o,
  output logic [$clog2(DevmemBytes)-5:0] mem_addr_o,
  output logic [15:0]  mem_wstrb_o,
  output logic [127:0] mem_wdata_o,
  input  logic [127:0] mem_rdata_i
);
  localparam int unsigned AddrW = $clog2(DevmemBytes) - 4;

  // ---- Writes: rotate by dwords, keep what goes into the next word ---------------------
  logic [1:0]       shift, shift_q;
  logic [AddrW-1:0] word, word_q;
  logic [31:0]      strb;
  logic [127:0]     turned, wdata, keep_data_q;
  logic [15:0]      keep_strb_q;
  logic             tail_q;      // the kept part is the end of a write
  logic             wr_valid_q, wr_go, wr_free, w_take;
  logic [AddrW-1:0] wr_addr_q;
  logic [15:0]      wr_strb_q;
  logic [127:0]     wr_data_q;

  assign shift     = w_sop_i ? w_addr_i[1:0] : shift_q;
  assign word      = w_sop_i ? w_addr_i[AddrW+1:2] : word_q;
  assign strb      = {16'd0, w_strb_i} << {shift, 2'b00};
  assign wr_free   = !wr_valid_q || wr_go;
  assign w_ready_o = wr_free && !tail_q;
  assign w_take    = w_valid_i && w_ready_o;

  always_comb begin
    case (shift)
      2'd0:    turned = w_data_i;
      2'd1:    turned = {w_data_i[95:0], w_data_i[127:96]};
      2'd2:    turned = {w_data_i[63:0], w_data_i[127:64]};
      default: turned = {w_data_i[31:0], w_data_i[127:32]};
    endcase
    wdata = turned;
    for (int unsigned i = 0; i < 4; i++) begin
      if (i < 32'(shift)) wdata[32*i+:32] = keep_data_q[32*i+:32];
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wr_valid_q  <= 1'b0;
      tail_q      <= 1'b0;
      keep_strb_q <= '0;
    end else if (wr_free) begin
      wr_valid_q <= w_take || tail_q;
      tail_q     <= w_take && w_eop_i && strb[31:16] != 16'd0;
      if (tail_q || (w_take && w_eop_i && strb[31:16] == 16'd0)) keep_strb_q <= '0;
      else if (w_take) keep_strb_q <= strb[31:16];
    end
  end

  always_ff @(posedge clk_i) begin
    if (wr_free) begin
      wr_addr_q <= tail_q ? word_q : word;
      wr_strb_q <= tail_q ? keep_strb_q : strb[15:0] | (w_sop_i ? 16'd0 : keep_strb_q);
      wr_data_q <= tail_q ? keep_data_q : wdata;
    end
    if (w_take) begin
      shift_q     <= shift;
      word_q      <= word + AddrW'(1);
      keep_data_q <= turned;
    end
  end

  // ---- Reads: cut into completions ------------------------------------------------------
  typedef enum logic [2:0] {
    RdIdle,  // take a request
    RdCut,   // length of the next completion; wait for room
    RdWords, // read its words
    RdDrain, // wait for the last beat
    RdHeader // push the header
  } rd_state_e;

  rd_state_e        rd_q, rd_d;
  cpl_t             cpl_q;       // of the rest of the request
  logic [AddrW+1:0] addr_q;      // dword address of the rest
  logic [10:0]      left_q;      // dwords of the rest
  logic [7:0]       cut, cut_q;  // dwords of this completion, 1 to 128
  logic [7:0]       max, room;
  logic             ends;        // with the end of the request
  logic [5:0]       words;       // that hold it: at most 32, and one more
  logic [5:0]       words_q;     // words still to read
  logic [AddrW-1:0] rd_word_q;
  logic             rd_req, rd_go, starve, first_q;
  logic [2:0]       denied_q;
  logic             got_q, data_valid_q;  // read data at the port, in data_q
  logic [127:0]     data_q, beat;
  logic [127:32]    prev_q;               // the word before; its lane 0 never counts
  logic [7:0]       beat_left_q;          // dwords not yet pushed

  assign max = mps_i >= 3'd2 ? 8'd128 : 8'd32 << mps_i;
  // Up to MPS, ending at a multiple of 128 bytes.
  assign room  = max - {3'd0, addr_q[4:0]};
  assign ends  = left_q < {3'd0, room};
  assign cut   = ends ? left_q[7:0] : room;
  // max is a multiple of 32.
  assign words = ends ? 6'((left_q[7:0] + 8'd3) >> 2) : max[7:2] - {3'd0, addr_q[4:2]};

  always_comb begin
    rd_d        = rd_q;
    r_ready_o   = 1'b0;
    rd_req      = 1'b0;
    hdr_valid_o = 1'b0;
    case (rd_q)
      RdIdle: begin
        r_ready_o = 1'b1;
        if (r_valid_i) rd_d = RdCut;
      end
      RdCut:   if (beat_count_i <= 7'd32) rd_d = RdWords;
      RdWords: begin
        rd_req = 1'b1;
        if (rd_go && words_q == 6'd1) rd_d = RdDrain;
      end
      RdDrain: if (!got_q && !data_valid_q) rd_d = RdHeader;
      RdHeader: begin
        hdr_valid_o = 1'b1;
        if (hdr_ready_i) rd_d = left_q == 11'd0 ? RdIdle : RdCut;
      end
      default: rd_d = RdIdle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) rd_q <= RdIdle;
    else         rd_q <= rd_d;
  end

  always_ff @(posedge clk_i) begin
    case (rd_q)
      RdIdle: begin
        cpl_q  <= r_i;
        addr_q <= r_addr_i;
        left_q <= {r_i.len == 10'd0, r_i.len};
      end
      RdCut: begin
        cut_q     <= cut;
        rd_word_q <= addr_q[AddrW+1:2];
        // A shifted completion takes one word more than it has beats.
        words_q   <= words + {5'd0, addr_q[1:0] != 2'd0};
        if (rd_d == RdWords) left_q <= left_q - {3'd0, cut};
      end
      RdWords: if (rd_go) begin
        rd_word_q <= rd_word_q + AddrW'(1);
        words_q   <= words_q - 6'd1;
      end
      RdHeader: if (hdr_ready_i) begin
        addr_q           <= addr_q + (AddrW+2)'(cut_q);
        cpl_q.byte_count <= cpl_q.byte_count - {2'd0, cut_q, 2'b00} + {10'd0, cpl_q.lower_addr[1:0]};
        cpl_q.lower_addr <= 7'd0;
      end
      default: ;
    endcase
  end

  always_comb begin
    hdr_o     = cpl_q;
    hdr_o.len = {2'd0, cut_q};
  end
  assign idle_o = rd_q == RdIdle;

  // ---- Reads: data path -------------------------------------------------------------------
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      got_q        <= 1'b0;
      data_valid_q <= 1'b0;
    end else begin
      got_q        <= rd_go;
      data_valid_q <= got_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (got_q) data_q <= mem_rdata_i;
    if (rd_q == RdCut) begin
      first_q     <= addr_q[1:0] != 2'd0; // the first word makes no beat
      beat_left_q <= cut;
    end else if (data_valid_q) begin
      first_q <= 1'b0;
      prev_q  <= data_q[127:32];
      if (!first_q) beat_left_q <= beat_left_q - 8'd4;
    end
  end

  always_comb begin
    case (addr_q[1:0])
      2'd0:    beat = data_q;
      2'd1:    beat = {data_q[31:0], prev_q[127:32]};
      2'd2:    beat = {data_q[63:0], prev_q[127:64]};
      default: beat = {data_q[95:0], prev_q[127:96]};
    endcase
    for (int unsigned i = 0; i < 4; i++) begin
      if (i >= 32'(beat_left_q)) beat[32*i+:32] = 32'd0;
    end
  end

  assign beat_valid_o = data_valid_q && !first_q;
  assign beat_o       = beat;

  // ---- The port: writes first, but a read that lost seven times wins once --------------------
  assign starve = denied_q == 3'd7;
  assign wr_go  = wr_valid_q && !(rd_req && starve);
  assign rd_go  = rd_req && !wr_go;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) denied_q <= '0;
    else if (!rd_req || rd_go) denied_q <= '0;
    else denied_q <= denied_q + 3'd1;
  end

  assign mem_req_o   = wr_go || rd_go;
  assign mem_we_o    = wr_go;
  assign mem_addr_o  = wr_go ? wr_addr_q : rd_word_q;
  assign mem_wstrb_o = wr_strb_q;
  assign mem_wdata_o = wr_data_q;
endmodule
