// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Where completion data lands: words of fetches go to local memory, words of runs to
// the tag's slot in the reorder memory.
// A tag is finished in the cycle in which its last word is written.
module rl_dma_reorder
  import rl_dma_pkg::*;
#(
  parameter int unsigned NumTags    = 32,
  parameter int unsigned RequestCap = 512,  // bytes, 128 to 512, power of two
  parameter int unsigned LmemBytes  = 65536
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  // Words from completions and from device memory, in turn.
  input  logic         rx_valid_i,
  output logic         rx_ready_o,
  input  sink_t        rx_i,
  input  logic         local_valid_i,
  output logic         local_ready_o,
  input  sink_t        local_i,

  // Local memory.
  output logic         lmem_req_o,
  input  logic         lmem_gnt_i,
  output logic [$clog2(LmemBytes)-5:0] lmem_addr_o,
  output logic [15:0]  lmem_wstrb_o,
  output logic [127:0] lmem_wdata_o,

  // The tag that was finished in the last cycle.
  output logic         fin_o,
  output logic [5:0]   fin_tag_o,
  output status_t      fin_status_o,

  // Slots: data in the next cycle, kept until the next read.
  input  logic         rd_en_i,
  input  logic [5:0]   rd_tag_i,
  input  logic [4:0]   rd_word_i, // address bits 8:4
  output logic [127:0] rd_data_o
);
  if (RequestCap != 128 && RequestCap != 256 && RequestCap != 512) begin : gen_cap
    $error("rl_dma_reorder: RequestCap must be 128, 256 or 512");
  end

  localparam int unsigned Ww = $clog2(RequestCap / 16);
  localparam int unsigned Aw = $clog2(NumTags) + Ww;

  // ---- In turn
  logic  w_valid_q, w_done, turn_q, pick_local;
  sink_t w_q;

  assign pick_local    = local_valid_i && (!rx_valid_i || turn_q);
  assign rx_ready_o    = w_done && !pick_local;
  assign local_ready_o = w_done && pick_local;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      w_valid_q <= 1'b0;
      turn_q    <= 1'b0;
    end else if (w_done) begin
      w_valid_q <= rx_valid_i || local_valid_i;
      turn_q    <= !pick_local;
    end
  end
  always_ff @(posedge clk_i) begin
    if (w_done) w_q <= pick_local ? local_i : rx_i;
  end

  assign lmem_req_o   = w_valid_q && w_q.we && w_q.fetch;
  assign lmem_addr_o  = w_q.word[$clog2(LmemBytes)-5:0];
  assign lmem_wstrb_o = w_q.strb;
  assign lmem_wdata_o = w_q.data;
  assign w_done       = !w_valid_q || !lmem_req_o || lmem_gnt_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) fin_o <= 1'b0;
    else fin_o <= w_valid_q && w_q.fin && w_done;
  end
  always_ff @(posedge clk_i) begin
    fin_tag_o    <= w_q.tag;
    fin_status_o <= w_q.status;
  end

  // ---- Slots
  (* no_rw_check *)
  logic [127:0]  mem [NumTags * RequestCap / 16];
  logic [Aw-1:0] w_addr, r_addr;
  logic          w_we;

  assign w_we   = w_valid_q && w_q.we && !w_q.fetch;
  assign w_addr = {w_q.tag[$clog2(NumTags)-1:0], w_q.word[Ww-1:0]};
  assign r_addr = {rd_tag_i[$clog2(NumTags)-1:0], rd_word_i[Ww-1:0]};

  always_ff @(posedge clk_i) begin
    if (w_we) begin
      for (int unsigned i = 0; i < 4; i++) begin
        if (w_q.strb[4*i+:4] != '0) mem[w_addr][32*i+:32] <= w_q.data[32*i+:32];
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (rd_en_i) rd_data_o <= mem[r_addr];
  end

  logic unused;
  assign unused = &{1'b0, rd_tag_i, rd_word_i, w_q.word};
endmodule
