// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// rl_msix, seen for one vector, whichever: a request gives its message at once or, when
// masked, sets the pending bit; unmasked it is offered, and the message is sent once;
// nothing is sent masked, disabled or twice. Address and data are what the host wrote.
module msix #(
  parameter int unsigned NumVectors = 17,
  parameter bit Table = 1'b0 // prove address, data and reads of the entry; else the rest
) (
  input logic        clk_i,
  input logic        clear_i,
  input logic        forget_i,
  input logic        enable_i,
  input logic        fmask_i,
  input logic        bme_i,
  input logic        w_valid_i,
  input logic [15:0] w_addr_i,
  input logic [3:0]  w_be_i,
  input logic [31:0] w_data_i,
  input logic [15:0] r_addr_i,
  input logic        req_i,
  input logic [15:0] vector_i,
  input logic        ready_i,
  input logic [4:0]  pick_i
);
`include "common.svh"
  logic [31:0] r_data, data;
  logic        send, offer;
  logic [63:0] addr;
  logic [15:0] offered;

  rl_msix #(.NumVectors(NumVectors)) dut (
    .clk_i, .rst_ni, .clear_i, .forget_i, .enable_i, .fmask_i, .bme_i,
    .w_valid_i, .w_addr_i, .w_be_i, .w_data_i, .r_addr_i, .r_data_o(r_data),
    .req_i, .vector_i, .send_o(send), .addr_o(addr), .data_o(data),
    .unmasked_valid_o(offer), .unmasked_vector_o(offered), .unmasked_ready_i(ready_i)
  );
  stream #(.Width(16)) u_offer (
    .clk_i, .rst_ni, .valid_i(offer), .ready_i, .payload_i(offered),
    .drop_i(clear_i || forget_i)
  );

  // The vector that is watched, and the byte of its entry.
  logic [4:0] vec_q;
  logic [1:0] dword_q, byte_q;
  logic [15:0] entry;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) {vec_q, dword_q, byte_q} <= {pick_i, r_addr_i[3:0]};
  end
  assign entry = 16'h8000 + {7'd0, vec_q, 4'd0};
  always_comb assume (rst_ni || (32'(pick_i) < NumVectors && r_addr_i[3:2] != 2'd3));

  // The write engine asks in the cycle after it has accepted an offer, and accepts
  // none while it asks.
  logic        accept, accepted_q, cleared_q;
  logic [15:0] accepted_vec_q;
  assign accept = offer && ready_i;
  always_ff @(posedge clk_i) begin
    accepted_q     <= rst_ni && accept;
    accepted_vec_q <= offered;
  end
  always_comb begin
    assume (!req_i || !ready_i);
    assume (!accepted_q || (req_i && vector_i == accepted_vec_q));
    // A function level reset lasts: the firmware ends it.
    assume (!cleared_q || !accepted_q || clear_i);
  end

  // ---- What the host programmed
  logic       mask_q, known_q, w_entry;
  logic [7:0] known_byte_q;
  assign w_entry = w_valid_i && w_addr_i[15:4] == entry[15:4];
  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) mask_q <= 1'b1;
    else if (w_entry && w_addr_i[3:2] == 2'd3 && w_be_i[0]) mask_q <= w_data_i[0];
    if (!rst_ni) known_q <= 1'b0;
    else if (w_entry && w_addr_i[3:2] == dword_q && w_be_i[byte_q]) begin
      known_q      <= 1'b1;
      known_byte_q <= w_data_i[8*byte_q+:8] & (dword_q == 2'd0 && byte_q == 2'd0 ? 8'hfc : 8'hff);
    end
  end

  // ---- A message that is owed: asked for, masked, not forgotten
  logic ask, masked, first_hand, owed_q;
  assign ask        = req_i && vector_i == {11'd0, vec_q} && enable_i && !clear_i;
  assign masked     = fmask_i || mask_q;
  assign first_hand = !accepted_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i || forget_i) owed_q <= 1'b0;
    else if (ask) owed_q <= masked && (owed_q || first_hand);
    cleared_q <= clear_i;
  end

  // ---- What was right one cycle ago
  logic       ask_q, send_q, asked_q, ready_q, others_q, r_pba_q, r_mask_q, r_byte_q, owed_qq;
  logic       mask_qq, known_qq;
  logic [7:0] known_byte_qq;
  (* hierconn *) wire [31:0] \dut.pending_q ;
  (* hierconn *) wire [31:0] \dut.taken_q ;
  (* hierconn *) wire [31:0] \dut.mask_q ;
  (* hierconn *) wire [31:0] \dut.ready_vecs ;
  always_ff @(posedge clk_i) begin
    asked_q   <= rst_ni && req_i && vector_i == {11'd0, vec_q};
    send_q    <= rst_ni && ask && !masked && (owed_q || first_hand);
    ready_q   <= rst_ni && owed_q && enable_i && !fmask_i && bme_i && !mask_q && !accepted_q &&
                 !offer && !forget_i && !clear_i;
    others_q  <= (\dut.pending_q & ~(32'd1 << vec_q)) != '0;
    r_pba_q   <= rst_ni && r_addr_i[15:2] == 14'h3000;
    r_mask_q  <= rst_ni && r_addr_i[15:2] == {entry[15:4], 2'd3};
    r_byte_q  <= rst_ni && r_addr_i[15:2] == {entry[15:4], dword_q};
    owed_qq   <= owed_q;
    mask_qq   <= mask_q;
    known_qq  <= known_q;
    known_byte_qq <= known_byte_q;
  end

  logic [7:0] sent_byte;
  assign sent_byte = dword_q == 2'd0 ? addr[8*byte_q+:8] :
                     dword_q == 2'd1 ? addr[32+8*byte_q+:8] : data[8*byte_q+:8];

  if (Table) begin : gen_table
    always_ff @(posedge clk_i) begin
      if (rst_ni) begin
        if (asked_q && known_qq) programmed: assert (sent_byte == known_byte_qq);
        if (r_byte_q && known_qq) entry_shown: assert (r_data[8*byte_q+:8] == known_byte_qq);
        known_and_sent: cover (asked_q && send && known_qq);
        known_and_read: cover (r_byte_q && known_qq && second);
      end
    end
  end else begin : gen_pending
    always_ff @(posedge clk_i) begin
      if (rst_ni) begin
        inner_vec: assert (32'(vec_q) < NumVectors && dword_q != 2'd3);
        inner_pending: assert (\dut.pending_q [vec_q] == owed_q);
        inner_mask: assert (\dut.mask_q [vec_q] == mask_q);
        inner_taken: assert (\dut.taken_q [vec_q] == (accepted_q && !cleared_q &&
                             accepted_vec_q == {11'd0, vec_q}));
        inner_high: assert ((\dut.pending_q >> NumVectors) == '0);
        inner_range: assert (!offer || 32'(offered) < NumVectors);

        if (asked_q) sent_as_due: assert (send == send_q);
        if (r_pba_q) pending_shown: assert (r_data[vec_q] == owed_qq);
        if (r_mask_q) mask_shown: assert (r_data == {31'd0, mask_qq});
        if (ready_q) offered_some: assert (offer);
        if (ready_q && !others_q) offered_this: assert (offered == {11'd0, vec_q});
        masked_then_sent: cover (asked_q && send && owed_qq);
        stays_pending: cover (asked_q && !send && owed_q && owed_qq);
        forgotten: cover (asked_q && !send && !owed_qq && enable_i && !mask_q);
      end
    end
  end
endmodule
