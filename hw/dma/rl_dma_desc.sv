// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Reads descriptors of a run from local memory, follows the ring and checks them.
// Delivers up to one descriptor per cycle, at least four cycles after the start.
module rl_dma_desc
  import rl_dma_pkg::*;
  import rl_regs_pkg::*;
#(
  parameter int unsigned LmemBytes   = 65536,  // power of two, 256 to 65536
  parameter int unsigned DevmemBytes = 131072, // power of two
  parameter bit          Write       = 1'b0    // the WRITE flag that is permitted
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [63:0]  devwin_i,

  // A run; start_i only while busy_o is low. stop_i forgets it.
  input  logic         start_i,
  input  logic         stop_i,
  output logic         busy_o,
  input  logic [15:0]  ptr_i,
  input  logic [15:0]  count_i,
  input  logic [15:0]  base_i,
  input  logic [15:0]  entries_i,
  input  logic         table_i,
  input  logic         space_i,

  // Local memory: data comes in the cycle after the grant.
  output logic         lmem_req_o,
  input  logic         lmem_gnt_i,
  output logic [$clog2(LmemBytes)-5:0] lmem_addr_o,
  input  logic [127:0] lmem_rdata_i,

  output logic         valid_o,
  input  logic         ready_i,
  output desc_t        desc_o
);
  localparam int unsigned Aw = $clog2(LmemBytes) - 4;
  localparam int unsigned Dw = $clog2(DevmemBytes);

  if (LmemBytes < 256 || LmemBytes > 65536 || (LmemBytes & (LmemBytes - 1)) != 0)
  begin : gen_lmem
    $error("rl_dma_desc: LmemBytes must be a power of two, 256 to 65536");
  end

  // ---- Reader
  logic [12:0] word_q, end_q;   // one bit more than 64 KiB has words: the ring's end
  logic [11:0] base_q;
  logic [15:0] left_q;
  logic        table_q, space_q;
  logic [2:0]  fifo_count;
  logic [1:0]  flying_q; // read, not yet in the FIFO: at most 3
  logic        issue, push, any_q; // any: left is not 0
  logic [12:0] word_next;

  assign lmem_req_o  = any_q && ({1'b0, fifo_count} + {2'b0, flying_q} < 4'd4) &&
                       flying_q != 2'd3;
  assign lmem_addr_o = word_q[Aw-1:0];
  assign issue       = lmem_req_o && lmem_gnt_i;
  assign busy_o      = any_q;
  assign word_next   = word_q + 13'd1;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      any_q    <= 1'b0;
      left_q   <= '0;
      flying_q <= '0;
    end else if (stop_i) begin
      any_q    <= 1'b0;
      left_q   <= '0;
      flying_q <= '0;
    end else begin
      flying_q <= flying_q + {1'b0, issue} - {1'b0, push};
      if (start_i) left_q <= count_i;
      else if (issue) left_q <= left_q - 16'd1;
      if (start_i) any_q <= count_i != '0;
      else if (issue) any_q <= left_q != 16'd1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      word_q  <= {1'b0, ptr_i[15:4]};
      base_q  <= base_i[15:4];
      // A ring of no entries never wraps.
      end_q   <= entries_i == '0 ? '0 : {1'b0, base_i[15:4]} + {entries_i[12:0]};
      table_q <= table_i;
      space_q <= space_i;
    end else if (issue) begin
      word_q  <= word_next == end_q ? {1'b0, base_q} : word_next;
    end
  end

  // ---- Checks, in three stages: capture, add, compare.
  typedef struct packed {
    logic done, dir, last;
  } mark_t;

  logic        v0_q, v1_q, v2_q, done0_q;
  logic [31:0] len1_q, len2_q;
  logic [63:0] addr1_q, addr2_q;
  mark_t       mark1_q, mark2_q;
  logic [64:0] end2_q;
  logic        wraps, outside;
  logic [32:0] off_end;
  desc_t       desc;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      v0_q <= 1'b0;
      v1_q <= 1'b0;
      v2_q <= 1'b0;
    end else begin
      v0_q <= issue && !stop_i;
      v1_q <= v0_q && !stop_i;
      v2_q <= v1_q && !stop_i;
    end
  end

  always_ff @(posedge clk_i) begin
    done0_q <= left_q == 16'd1;

    addr1_q <= lmem_rdata_i[63:0];
    len1_q  <= lmem_rdata_i[95:64];
    mark1_q <= '{done: done0_q, dir: lmem_rdata_i[113] != Write,
                 last: done0_q || (!table_q && !lmem_rdata_i[112])};

    addr2_q <= space_q ? addr1_q - devwin_i : addr1_q;
    end2_q  <= {1'b0, addr1_q} + {33'b0, len1_q};
    len2_q  <= len1_q;
    mark2_q <= mark1_q;
  end

  // The last byte may be the last of the address space.
  assign wraps   = end2_q[64] && end2_q[63:0] != '0;
  assign off_end = {{(33-Dw){1'b0}}, addr2_q[Dw-1:0]} + {1'b0, len2_q};
  assign outside = addr2_q[63:Dw] != '0 || off_end > 33'(DevmemBytes);

  always_comb begin
    desc.err = 4'(DMA_OK);
    if (mark2_q.dir) desc.err = 4'(DMA_DIR);
    else if (len2_q != '0 && (space_q ? outside : wraps)) desc.err = 4'(DMA_BOUNDS);
    desc.last = mark2_q.last;
    desc.done = mark2_q.done;
    desc.len  = len2_q;
    desc.addr = addr2_q;
  end

  assign push = v2_q;

  logic unused_ready;
  rl_fifo #(.Width ($bits(desc_t)), .Depth (4)) u_fifo (
    .clk_i,
    .rst_ni,
    .clear_i (stop_i),
    .valid_i (push),
    .ready_o (unused_ready), // never full: reads are issued against its room
    .data_i  (desc),
    .valid_o,
    .ready_i,
    .data_o  (desc_o),
    .count_o (fifo_count)
  );

  logic unused;
  assign unused = &{1'b0, unused_ready, ptr_i[3:0], base_i[3:0], entries_i[15:13],
                    lmem_rdata_i[127:114], lmem_rdata_i[111:96], word_q};
endmodule
