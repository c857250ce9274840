// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Inside a checker: reset for one cycle, after which registers that have no reset
// value and memories hold anything. `live` is true in every later cycle, `second`
// in all but the first of those: only then does $past look at a cycle of work.
  logic rst_ni = 1'b0;
  logic second = 1'b0;
  always_ff @(posedge clk_i) begin
    rst_ni <= 1'b1;
    second <= rst_ni;
  end
