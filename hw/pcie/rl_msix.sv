// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// MSI-X table, pending bits and masks. A request of the write engine is answered in the
// next cycle; a pending vector that is unmasked is offered to it until it asks.
module rl_msix
  import rl_regs_pkg::*;
#(
  parameter int unsigned NumVectors = 17 // 2 to 32
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  // In a function level reset: all masked, nothing pending.
  input  logic        clear_i,
  // In a device reset: nothing pending, nothing offered, masks stay.
  input  logic        forget_i,

  // Configuration space.
  input  logic        enable_i,
  input  logic        fmask_i,
  input  logic        bme_i,

  // Host: writes of dwords, offset in BAR0.
  input  logic        w_valid_i,
  input  logic [15:0] w_addr_i,
  input  logic [3:0]  w_be_i,
  input  logic [31:0] w_data_i,
  // Host: read data in the next cycle, 0 outside of table and pending bits.
  input  logic [15:0] r_addr_i,
  output logic [31:0] r_data_o,

  // Write engine, see rl_pcie.
  input  logic        req_i,
  input  logic [15:0] vector_i,
  output logic        send_o,
  output logic [63:0] addr_o,
  output logic [31:0] data_o,
  output logic        unmasked_valid_o,
  output logic [15:0] unmasked_vector_o,
  input  logic        unmasked_ready_i
);
  if (NumVectors < 2 || NumVectors > 32) begin : gen_vectors
    $error("rl_msix: NumVectors must be 2 to 32");
  end

  // ---- Table ------------------------------------------------------------------------------
  logic [31:0] mask_q, pending_q, taken_q;
  logic [31:0] r_lo, r_hi, r_data, v_lo, v_hi, v_data; // entries r_vec and vec

  logic       w_table, r_table, r_pba;
  logic [4:0] w_vec, r_vec, vec;

  assign w_vec   = w_addr_i[8:4];
  assign r_vec   = r_addr_i[8:4];
  assign w_table = w_valid_i && 32'(w_addr_i) >= BAR0_MSIX &&
                   32'(w_addr_i) < BAR0_MSIX + 16 * NumVectors;
  assign r_table = 32'(r_addr_i) >= BAR0_MSIX && 32'(r_addr_i) < BAR0_MSIX + 16 * NumVectors;
  assign r_pba   = r_addr_i[15:2] == BAR0_PBA[15:2];

  // A memory for each byte: LUT RAM has no byte enables.
  for (genvar i = 0; i < 4; i++) begin : gen_byte
    logic [7:0] lo_q [32], hi_q [32], data_q [32];

    always_ff @(posedge clk_i) begin
      if (w_table && w_be_i[i]) begin
        case (w_addr_i[3:2])
          2'd0:    lo_q[w_vec]   <= w_data_i[8*i+:8];
          2'd1:    hi_q[w_vec]   <= w_data_i[8*i+:8];
          2'd2:    data_q[w_vec] <= w_data_i[8*i+:8];
          default: ;
        endcase
      end
    end

    assign r_lo[8*i+:8]   = lo_q[r_vec];
    assign r_hi[8*i+:8]   = hi_q[r_vec];
    assign r_data[8*i+:8] = data_q[r_vec];
    assign v_lo[8*i+:8]   = lo_q[vec];
    assign v_hi[8*i+:8]   = hi_q[vec];
    assign v_data[8*i+:8] = data_q[vec];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) mask_q <= '1;
    else if (clear_i) mask_q <= '1;
    else if (w_table && w_addr_i[3:2] == 2'd3 && w_be_i[0]) mask_q[w_vec] <= w_data_i[0];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) r_data_o <= '0;
    else begin
      r_data_o <= '0;
      if (r_table) begin
        case (r_addr_i[3:2])
          2'd0:    r_data_o <= r_lo & ~32'd3;
          2'd1:    r_data_o <= r_hi;
          2'd2:    r_data_o <= r_data;
          default: r_data_o <= {31'd0, mask_q[r_vec]};
        endcase
      end else if (r_pba) r_data_o <= pending_q;
    end
  end

  // ---- Requests of the write engine ---------------------------------------------------------
  logic req_ok, req_masked, req_send;

  assign vec        = vector_i[4:0];
  assign req_ok     = req_i && 32'(vector_i) < NumVectors && enable_i && !clear_i;
  assign req_masked = fmask_i || mask_q[vec];
  // A vector that was taken and forgotten since is asked for in vain.
  assign req_send   = req_ok && !req_masked && (pending_q[vec] || !taken_q[vec]);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) send_o <= 1'b0;
    else         send_o <= req_send;
  end

  always_ff @(posedge clk_i) begin
    if (req_i) begin
      addr_o <= {v_hi, v_lo & ~32'd3};
      data_o <= v_data;
    end
  end

  // ---- Pending vectors ------------------------------------------------------------------------
  // taken: offered and accepted, the write engine will ask for it.
  logic [31:0] pending_d, taken_d, ready_vecs;
  logic [4:0]  pick;

  assign ready_vecs = enable_i && !fmask_i && bme_i ? pending_q & ~mask_q & ~taken_q : 32'd0;

  always_comb begin
    pick = 5'd0;
    for (int i = 31; i >= 0; i--) begin
      if (ready_vecs[i]) pick = 5'(i);
    end
  end

  always_comb begin
    pending_d = pending_q;
    taken_d   = taken_q;
    // Nothing is asked for any more, but what is taken in this cycle.
    if (!bme_i || !enable_i) taken_d = '0;
    if (unmasked_valid_o && unmasked_ready_i) taken_d[unmasked_vector_o[4:0]] = 1'b1;
    if (req_ok) begin
      pending_d[vec] = req_masked && (pending_q[vec] || !taken_q[vec]);
      taken_d[vec]   = 1'b0;
    end
    if (forget_i) pending_d = '0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pending_q         <= '0;
      taken_q           <= '0;
      unmasked_valid_o  <= 1'b0;
      unmasked_vector_o <= '0;
    end else if (clear_i) begin
      pending_q         <= '0;
      taken_q           <= '0;
      unmasked_valid_o  <= 1'b0;
    end else begin
      pending_q <= pending_d;
      taken_q   <= taken_d;
      if (unmasked_valid_o) begin
        if (unmasked_ready_i || forget_i) unmasked_valid_o <= 1'b0;
      end else begin
        unmasked_valid_o  <= ready_vecs != 32'd0 && !forget_i;
        unmasked_vector_o <= {11'd0, pick};
      end
    end
  end
endmodule
