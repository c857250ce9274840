// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// rl_dma_issue: each request goes out once, to the host or to device memory, under the
// tag that it takes; the header says its address, length and byte enables; `sent` comes
// a cycle after the TLP.
module issue (
  input logic         clk_i,
  input logic [15:0]  bdf_i,
  input logic         run_valid_i,
  input logic [90:0]  run_i,
  input logic         fetch_valid_i,
  input logic [90:0]  fetch_i,
  input logic         run_tag_valid_i,
  input logic [5:0]   run_tag_i,
  input logic         fetch_tag_valid_i,
  input logic [5:0]   fetch_tag_i,
  input logic         np_ready_i,
  input logic         np_dropped_i
);
`include "common.svh"
  localparam int unsigned DevmemBytes = 4096;
  logic        run_ready, fetch_ready, take, take_fetch, sent, sent_dropped, local_valid, np_valid;
  logic [9:0]  take_len;
  logic [15:0] take_dst;
  logic [5:0]  sent_tag, local_tag;
  logic [11:0] local_off;
  rreq_t       run, fetch, req, req_q;
  tlp_t        np;
  assign run   = run_i;
  assign fetch = fetch_i;

  rl_dma_issue #(.DevmemBytes(DevmemBytes)) dut (
    .clk_i, .rst_ni, .bdf_i, .run_valid_i, .run_ready_o(run_ready), .run_i,
    .fetch_valid_i, .fetch_ready_o(fetch_ready), .fetch_i,
    .run_tag_valid_i, .run_tag_i, .fetch_tag_valid_i, .fetch_tag_i,
    .take_o(take), .take_fetch_o(take_fetch), .take_len_o(take_len), .take_dst_o(take_dst),
    .sent_o(sent), .sent_dropped_o(sent_dropped), .sent_tag_o(sent_tag), .local_valid_o(local_valid),
    .local_tag_o(local_tag), .local_off_o(local_off), .np_valid_o(np_valid), .np_ready_i, .np_dropped_i,
    .np_o(np)
  );
  stream #(.Width(91), .Assume(1)) u_run (
    .clk_i, .rst_ni, .valid_i(run_valid_i), .ready_i(run_ready), .payload_i(run_i), .drop_i(1'b0)
  );
  stream #(.Width(91), .Assume(1)) u_fetch (
    .clk_i, .rst_ni, .valid_i(fetch_valid_i), .ready_i(fetch_ready), .payload_i(fetch_i),
    .drop_i(1'b0)
  );
  stream #(.Width($bits(np))) u_np (
    .clk_i, .rst_ni, .valid_i(np_valid), .ready_i(np_ready_i), .payload_i(np), .drop_i(1'b0)
  );

  // Requests are as rl_dma_split makes them.
  always_comb begin
    assume (run.len != 0 && run.len <= 10'd512 && {1'b0, run.addr[8:0]} + run.len <= 10'd512);
    assume (fetch.len != 0 && fetch.len <= 10'd512 && {1'b0, fetch.addr[8:0]} + fetch.len <= 10'd512);
  end

  // The request whose TLP is due, and one that waits behind it.
  logic       due_q, wait_q, sent_q, dropped_q, host;
  logic [5:0] tag, tag_q, wait_tag_q, sent_tag_q;
  logic [15:0] bdf_q;
  rreq_t      wait_req_q;
  logic [1:0] waits_q; // fetches that went first although this run could go
  assign req  = take_fetch ? fetch : run;
  assign tag  = take_fetch ? fetch_tag_i : run_tag_i;
  assign host = take && !req.space;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      due_q  <= 1'b0;
      wait_q <= 1'b0;
    end else begin
      if (host) wait_q <= 1'b1;
      else if (!due_q) wait_q <= 1'b0;
      if (!due_q) due_q <= wait_q;
      else if (np_ready_i) due_q <= 1'b0;
    end
    if (host) begin
      wait_req_q <= req;
      wait_tag_q <= tag;
    end
    if (!due_q) begin
      req_q <= wait_req_q;
      tag_q <= wait_tag_q;
      bdf_q <= bdf_i;
    end
    sent_q    <= rst_ni && np_valid && np_ready_i;
    dropped_q <= np_dropped_i;
    sent_tag_q <= tag_q;
    if (!rst_ni || !run_valid_i || !run_tag_valid_i || run_ready) waits_q <= '0;
    else if (take && (run.space || !wait_q)) waits_q <= waits_q + 1'b1;
  end

  logic [10:0] end_byte, dws;
  logic [3:0]  first_be, last_be;
  logic        wide;
  logic [63:0] header_addr;
  assign end_byte = 11'(req_q.addr[1:0]) + req_q.len;
  assign dws      = (end_byte + 11'd3) >> 2;
  assign wide     = np.hdr[29];
  assign header_addr = wide ? {np.hdr[95:64], np.hdr[127:96]} : {32'd0, np.hdr[95:64]};
  for (genvar i = 0; i < 4; i++) begin : gen_be
    assign first_be[i] = i >= req_q.addr[1:0] && i < end_byte;
    assign last_be[i]  = dws > 1 && 11'(4 * (dws - 1) + i) < end_byte;
  end

  // For the induction.
  (* hierconn *) wire \dut.turn_q ;
  (* hierconn *) wire \dut.req_valid_q ;
  (* hierconn *) wire [90:0] \dut.req_q ;
  (* hierconn *) wire [5:0] \dut.req_tag_q ;
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      if (waits_q != 0) inner_turn: assert (!\dut.turn_q );
      inner_due: assert (due_q == np_valid && wait_q == \dut.req_valid_q );
      if (wait_q) inner_wait: assert (\dut.req_q == wait_req_q && \dut.req_tag_q == wait_tag_q &&
        !wait_req_q.space && wait_req_q.len != 0 && wait_req_q.len <= 10'd512 &&
        {1'b0, wait_req_q.addr[8:0]} + wait_req_q.len <= 10'd512);
      if (np_valid) inner_tag: assert (sent_tag == tag_q);
      if (due_q) inner_req: assert (!req_q.space && req_q.len != 0 && req_q.len <= 10'd512 &&
                                    {1'b0, req_q.addr[8:0]} + req_q.len <= 10'd512);
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      one_is_taken: assert (take == (run_ready && run_valid_i || fetch_ready && fetch_valid_i) &&
                            !(run_ready && fetch_ready) && take_fetch == fetch_ready);
      only_with_tag: assert ((!run_ready || run_tag_valid_i) && (!fetch_ready || fetch_tag_valid_i));
      if (take) noted: assert (take_len == req.len && take_dst == req.dst);
      once: assert (!host || !wait_q);
      local_right: assert (local_valid == (take && req.space) &&
        (!local_valid || (local_tag == tag && local_off == req.addr[11:0])));
      sent_behind_tlp: assert (sent == sent_q);
      if (sent) sent_right: assert (sent_tag == sent_tag_q && sent_dropped == dropped_q);
      if (np_valid) begin
        one_beat: assert (np.sop && np.eop && !np.poison && !np.err && np.data == '0);
        is_read: assert (np.hdr[31:24] == (req_q.addr[63:32] != '0 ? 8'h20 : 8'h00) &&
                         np.hdr[23:10] == '0);
        address_right: assert (header_addr == {req_q.addr[63:2], 2'b00});
        length_right: assert ({1'b0, np.hdr[9:0]} == dws);
        enables_right: assert (np.hdr[32+:4] == first_be && np.hdr[36+:4] == last_be);
        tag_right: assert (np.hdr[47:40] == {2'b00, tag_q} && np.hdr[63:48] == bdf_q);
        not_over_4k: assert ({1'b0, header_addr[11:0]} + {np.hdr[9:0], 2'b00} <= 13'd4096);
      end
      run_waits: assert (waits_q <= 2'd1);
      behind_another: cover (due_q && host);
      one_waits: cover (due_q && wait_q && np_ready_i);
      one_byte: cover (np_valid && np.hdr[9:0] == 10'd1 && first_be == 4'b0100);
      longest: cover (np_valid && np.hdr[9:0] == 10'd128 && wide);
      took_turns: cover (run_ready && waits_q == 1);
    end
  end
endmodule
