// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// The handshake rule: what is offered stays, unchanged, until it is taken.
// Demanded of an output; of an input (Assume) it is what the neighbour promises.
module stream #(
  parameter int unsigned Width = 1,
  parameter bit Assume = 1'b0
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             valid_i,
  input logic             ready_i,
  input logic [Width-1:0] payload_i,
  input logic             drop_i      // the offer may be withdrawn for the next cycle
);
  logic             held_q = 1'b0;
  logic [Width-1:0] payload_q;
  always_ff @(posedge clk_i) begin
    held_q    <= rst_ni && valid_i && !ready_i && !drop_i;
    payload_q <= payload_i;
  end

  if (Assume) begin : gen_assume
    always_comb begin
      if (held_q) begin
        assume (valid_i);
        assume (payload_i == payload_q);
      end
    end
  end else begin : gen_assert
    always_ff @(posedge clk_i) begin
      if (rst_ni) begin
        if (held_q) valid_stays: assert (valid_i);
        if (held_q) payload_kept: assert (payload_i == payload_q);
        waited: cover (held_q && valid_i && ready_i);
      end
    end
  end
endmodule
