// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Branch target buffer: maps an instruction word that ends a taken jump to
// the jump's target. Direct mapped, tags are partial: a hit is a guess that
// the execute stage verifies.
// Timing: looked up in the cycle of the fetch request, result from LUT RAM in
// the same cycle; an update is visible in the next cycle.

module rl_core_btb #(
  parameter int unsigned IndexBits = 4,    // log2 of the number of entries
  parameter int unsigned TagBits   = 8     // address bits compared
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  // look-up
  input  logic [31:2] addr_i,
  input  logic        skip_low_i,    // the lower half word is not executed
  output logic        hit_o,
  output logic        upper_o,       // the jump ends in the upper half word
  output logic [31:1] target_o,

  // update
  input  logic        flush_i,
  input  logic        update_i,
  input  logic        update_valid_i, // 0: forget the entry
  input  logic [31:1] update_addr_i,  // last half word of the jump
  input  logic [31:1] update_target_i
);

  localparam int unsigned Entries = 1 << IndexBits;
  localparam int unsigned Width = 1 + TagBits + 1 + 31;

  // The valid bit is in the RAM too: as flip-flops it would need a multiplexer as wide as
  // the buffer is deep, in the way from the address to the next address.
  (* ram_style = "distributed" *)
  logic [Width-1:0] mem [Entries];

  logic [IndexBits-1:0] rindex, windex, clear_q;
  logic [TagBits-1:0]   tag;
  logic                 valid, clearing_q;

  assign rindex = addr_i[2 +: IndexBits];
  assign windex = clearing_q ? clear_q : update_addr_i[2 +: IndexBits];
  assign {valid, tag, upper_o, target_o} = mem[rindex];

  assign hit_o = valid && tag == addr_i[2+IndexBits +: TagBits] &&
                 (upper_o || !skip_low_i) && !clearing_q;

  always_ff @(posedge clk_i) begin
    if (clearing_q || update_i) begin
      mem[windex] <= {update_valid_i && !clearing_q,
                      update_addr_i[2+IndexBits +: TagBits], update_addr_i[1],
                      update_target_i};
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      clearing_q <= 1'b1;
      clear_q    <= '0;
    end else if (flush_i) begin
      clearing_q <= 1'b1;
      clear_q    <= '0;
    end else if (clearing_q) begin
      clearing_q <= clear_q != '1;
      clear_q    <= clear_q + 1'b1;
    end
  end

  // The top of the address takes no part in the partial tag.
  logic unused_addr;
  assign unused_addr = ^{addr_i[31:2+IndexBits+TagBits],
                         update_addr_i[31:2+IndexBits+TagBits]};

endmodule
