// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Front end: fetch, alignment, decompression and the decode stage's register.
// Timing: d_* come from flip-flops. An instruction stays until d_ready_i or
// kill_i; redirect_i also implies kill_i. From redirect_i to a valid d_* take
// four cycles with a memory that answers in the next cycle.

module rl_core_front #(
  parameter logic [31:0] ResetVector = 32'h0,
  parameter int unsigned BtbIndexBits = 4
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  // instruction port
  output logic        imem_valid_o,
  input  logic        imem_ready_i,
  output logic [31:0] imem_addr_o,
  input  logic        imem_rvalid_i,
  input  logic [31:0] imem_rdata_i,
  input  logic        imem_err_i,

  // control
  input  logic        redirect_i,
  input  logic [31:1] redirect_addr_i,
  input  logic        redirect_other_i,   // not from a wrong prediction
  input  logic        kill_i,

  // branch target buffer
  input  logic        btb_flush_i,
  input  logic        btb_update_i,
  input  logic        btb_update_valid_i,
  input  logic [31:1] btb_update_addr_i,
  input  logic [31:1] btb_update_target_i,

  // decode stage
  output logic        d_valid_o,
  input  logic        d_ready_i,
  output logic [31:0] d_instr_o,          // the 32-bit form
  output logic [15:0] d_raw_o,            // lower half word as fetched
  output logic        d_compressed_o,
  output logic        d_illegal_o,        // found while decompressing
  output logic [31:1] d_pc_o,
  output logic        d_pred_o,
  output logic [31:1] d_pred_target_o,
  output logic        d_bad_o,
  output logic        d_fault_o,
  output logic        d_fault_upper_o,
  output rl_core_pkg::bubble_e d_bubble_o // why d_valid_o is low
);

  logic        flush;
  logic [31:1] flush_addr;
  logic [1:0]  word_valid;
  logic [31:0] head_data;
  logic        head_err, head_skip_low, head_pred, head_pred_upper;
  logic [31:1] head_target;
  logic [15:0] next_data;
  logic        next_err, next_pred;
  logic [31:1] next_target;
  logic        pop1, pop2;

  rl_core_fetch #(
    .ResetVector (ResetVector),
    .BtbIndexBits(BtbIndexBits)
  ) u_fetch (
    .clk_i,
    .rst_ni,
    .imem_valid_o,
    .imem_ready_i,
    .imem_addr_o,
    .imem_rvalid_i,
    .imem_rdata_i,
    .imem_err_i,
    .redirect_i,
    .redirect_addr_i,
    .flush_o           (flush),
    .flush_addr_o      (flush_addr),
    .btb_flush_i,
    .btb_update_i,
    .btb_update_valid_i,
    .btb_update_addr_i,
    .btb_update_target_i,
    .word_valid_o      (word_valid),
    .head_data_o       (head_data),
    .head_err_o        (head_err),
    .head_skip_low_o   (head_skip_low),
    .head_pred_o       (head_pred),
    .head_pred_upper_o (head_pred_upper),
    .head_target_o     (head_target),
    .next_data_o       (next_data),
    .next_err_o        (next_err),
    .next_pred_o       (next_pred),
    .next_target_o     (next_target),
    .pop1_i            (pop1),
    .pop2_i            (pop2)
  );

  logic        a_valid, a_ready, a_pred, a_bad, a_fault, a_fault_upper;
  logic [31:0] a_raw, a_instr;
  logic [31:1] a_pc, a_pred_target;
  logic        a_compressed, a_illegal;

  rl_core_align #(
    .ResetVector(ResetVector)
  ) u_align (
    .clk_i,
    .rst_ni,
    .flush_i           (flush),
    .flush_addr_i      (flush_addr),
    .word_valid_i      (word_valid),
    .head_data_i       (head_data),
    .head_err_i        (head_err),
    .head_skip_low_i   (head_skip_low),
    .head_pred_i       (head_pred),
    .head_pred_upper_i (head_pred_upper),
    .head_target_i     (head_target),
    .next_data_i       (next_data),
    .next_err_i        (next_err),
    .next_pred_i       (next_pred),
    .next_target_i     (next_target),
    .pop1_o            (pop1),
    .pop2_o            (pop2),
    .valid_o           (a_valid),
    .ready_i           (a_ready),
    .instr_o           (a_raw),
    .pc_o              (a_pc),
    .pred_o            (a_pred),
    .pred_target_o     (a_pred_target),
    .bad_o             (a_bad),
    .fault_o           (a_fault),
    .fault_upper_o     (a_fault_upper)
  );

  rl_core_decompress u_decompress (
    .instr_i      (a_raw),
    .instr_o      (a_instr),
    .compressed_o (a_compressed),
    .illegal_o    (a_illegal)
  );

  // A second register in front of the decode stage takes what the aligner has
  // when decode stalls. So a stall, known late, reaches the decode stage's
  // register only, and not the aligner and the queue.
  localparam int unsigned Width = 32 + 16 + 2 + 31 + 1 + 31 + 3;
  logic             d_valid_q, spare_valid_q, d_load;
  logic [Width-1:0] a_all, spare_q, d_q;

  assign a_all = {a_instr, a_raw[15:0], a_compressed, a_illegal, a_pc, a_pred,
                  a_pred_target, a_bad, a_fault && !a_bad, a_fault_upper};
  assign {d_instr_o, d_raw_o, d_compressed_o, d_illegal_o, d_pc_o, d_pred_o,
          d_pred_target_o, d_bad_o, d_fault_o, d_fault_upper_o} = d_q;

  assign d_valid_o = d_valid_q;
  assign d_load    = !d_valid_q || d_ready_i;
  assign a_ready   = !spare_valid_q;

  // Why the decode stage is empty. The cause of a redirect lasts until the
  // first instruction arrives.
  rl_core_pkg::bubble_e bubble_q;
  assign d_bubble_o = bubble_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      d_valid_q     <= 1'b0;
      spare_valid_q <= 1'b0;
      bubble_q      <= rl_core_pkg::BubFetch;
    end else begin
      if (kill_i) begin
        d_valid_q     <= 1'b0;
        spare_valid_q <= 1'b0;
      end else begin
        if (d_load) begin
          d_valid_q <= spare_valid_q || a_valid;
        end
        spare_valid_q <= !d_load && (spare_valid_q || a_valid);
      end
      if (redirect_i) begin
        bubble_q <= redirect_other_i ? rl_core_pkg::BubOther
                                     : rl_core_pkg::BubRedirect;
      end else if (d_valid_q) begin
        bubble_q <= rl_core_pkg::BubFetch;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (d_load) begin
      d_q <= spare_valid_q ? spare_q : a_all;
    end
    if (!spare_valid_q) begin
      spare_q <= a_all;
    end
  end

endmodule
