// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Counts what went wrong on PCI Express and in the core, since power-up: 16 bits each,
// they stay at their end. Registers from ERR_FIRST, one counter a word, in the order of
// errors_t from its last member to its first.
module rl_errors
  import rl_pkg::*;
  import rl_regs_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,

  input  pcie_err_t   pcie_i,
  input  dma_err_t    dma_i,
  input  logic        restart_i, // level: the core is being restarted

  input  reg_req_t    reg_i,
  output logic [31:0] reg_rdata_o,

  // Observation only.
  output logic [ERR_COUNTERS-1:0][15:0] counts_o
);
  logic restart_q;
  logic [ERR_COUNTERS-1:0][6:0] more, more_q; // what comes from all over the card waits a cycle

  assign more = {7'(restart_i && !restart_q),
                 dma_i.timeouts, 7'(dma_i.cpl_poison), 7'(dma_i.cpl_ca), 7'(dma_i.cpl_ur),
                 7'(dma_i.unexpected),
                 7'(pcie_i.discarded), 7'(pcie_i.late), 7'(pcie_i.poison), 7'(pcie_i.malformed),
                 7'(pcie_i.np_ur) + 7'(pcie_i.p_ur)};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      restart_q <= 1'b0;
      more_q    <= '0;
      counts_o  <= '0;
    end else begin
      restart_q <= restart_i;
      more_q    <= more;
      for (int unsigned i = 0; i < ERR_COUNTERS; i++) begin
        counts_o[i] <= counts_o[i] > 16'hFFFF - 16'(more_q[i]) ? 16'hFFFF
                                                              : counts_o[i] + 16'(more_q[i]);
      end
    end
  end

  logic [9:0]  word;
  assign word = reg_i.addr[11:2] - 10'(REG_ERR_UR[11:2]);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) reg_rdata_o <= '0;
    else begin
      reg_rdata_o <= '0;
      if (reg_i.valid && !reg_i.write && 32'(word) < ERR_COUNTERS) begin
        reg_rdata_o <= {16'd0, counts_o[word[3:0]]};
      end
    end
  end

  logic unused;
  assign unused = ^{reg_i.addr[1:0], reg_i.wdata};
endmodule
