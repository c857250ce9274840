// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// rl_fifo: never overfull, never read when empty, order and data kept, count right.
// One entry, whichever is picked, is followed from its arrival to its departure.
module fifo #(
  parameter int unsigned Depth = 4,
  parameter int unsigned Width = 4
) (
  input logic             clk_i,
  input logic             clear_i,
  input logic             valid_i,
  input logic [Width-1:0] data_i,
  input logic             ready_i,
  input logic             pick_i
);
`include "common.svh"
  localparam int unsigned CountW = $clog2(Depth + 1);

  logic              ready, valid;
  logic [Width-1:0]  data;
  logic [CountW-1:0] count;

  rl_fifo #(.Width(Width), .Depth(Depth)) dut (
    .clk_i, .rst_ni, .clear_i, .valid_i, .ready_o(ready), .data_i,
    .valid_o(valid), .ready_i, .data_o(data), .count_o(count)
  );

  stream #(.Width(Width)) u_out (
    .clk_i, .rst_ni, .valid_i(valid), .ready_i, .payload_i(data), .drop_i(clear_i)
  );

  // What the FIFO has to hold: arrivals and departures are numbered, modulo a number
  // above what is inside.
  logic [CountW-1:0] in_q, out_q, held, number_q;
  logic              push, pop, watching_q, due, filled_q = 1'b0;
  logic [Width-1:0]  watched_q;
  assign push = valid_i && ready;
  assign pop  = valid && ready_i;
  assign held = in_q - out_q;
  assign due  = watching_q && number_q == out_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      in_q       <= '0;
      out_q      <= '0;
      watching_q <= 1'b0;
    end else begin
      in_q  <= in_q + CountW'(push);
      out_q <= out_q + CountW'(pop);
      if (pop && due) watching_q <= 1'b0;
      if (!watching_q && push && pick_i) begin
        watching_q <= 1'b1;
        watched_q  <= data_i;
        number_q   <= in_q;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    filled_q <= rst_ni && (filled_q || held == Depth);
    if (rst_ni) begin
      count_right: assert (count == held);
      not_overfull: assert (held <= Depth);
      takes_with_room: assert (ready == (held != Depth));
      shows_what_it_has: assert (valid == (held != 0));
      if (watching_q) watched_is_inside: assert (CountW'(number_q - out_q) < held);
      if (due) order_and_data: assert (data == watched_q);
      full: cover (held == Depth);
      passes: cover (due && pop && held == Depth);
      emptied: cover (filled_q && held == 0);
    end
  end
endmodule
