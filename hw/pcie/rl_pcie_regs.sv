// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Registers 0x100 to 0x19f: identity, state and events of the endpoint, the window to
// the firmware's part of configuration space.
module rl_pcie_regs
  import rl_pkg::*;
  import rl_regs_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,

  input  reg_req_t    reg_i,
  output logic [31:0] reg_rdata_o,
  output logic        event_o,

  // To configuration space.
  output logic        ready_o,
  output logic [31:0] id_o,
  output logic [31:0] class_o,
  output logic [31:0] subsys_o,
  output logic        isr_o,
  output logic        cap_we_o,
  output logic [4:0]  cap_index_o,
  output logic [31:0] cap_wdata_o,
  input  logic [31:0] cap_rdata_i,

  // Function level reset: starts (pulse), in progress.
  input  logic        flr_start_i,
  output logic        flr_o,

  // What the host has programmed, laid out as PCIE_STATUS (FLR bit 0).
  input  logic [31:0] status_i,
  // Pulses, laid out as PCIE_EVENTS (FLR bit 0).
  input  logic [3:0]  event_i
);
  logic        write, read, in_cap;
  logic [3:0]  events_q, events_clr;
  logic [31:0] isr_q, rdata;

  assign write  = reg_i.valid && reg_i.write;
  assign read   = reg_i.valid && !reg_i.write;
  assign in_cap = reg_i.addr >= REG_PCIE_CAP0 &&
                  32'(reg_i.addr) < 32'(REG_PCIE_CAP0) + 4 * CFG_VIRTIO_DWORDS;

  assign cap_we_o    = write && in_cap;
  assign cap_index_o = reg_i.addr[6:2] - REG_PCIE_CAP0[6:2];
  assign cap_wdata_o = reg_i.wdata;
  assign isr_o       = isr_q[1:0] != 2'd0;
  assign event_o     = events_q != 4'd0;
  assign events_clr  = write && reg_i.addr == REG_PCIE_EVENTS ? reg_i.wdata[3:0] : 4'd0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ready_o  <= 1'b0;
      id_o     <= '0;
      class_o  <= '0;
      subsys_o <= '0;
      isr_q    <= '0;
      flr_o    <= 1'b0;
      events_q <= '0;
    end else begin
      events_q <= (events_q & ~events_clr) | event_i | {3'd0, flr_start_i};
      if (write) begin
        case (reg_i.addr)
          REG_PCIE_CTRL:   ready_o  <= reg_i.wdata[0];
          REG_PCIE_ID:     id_o     <= reg_i.wdata;
          REG_PCIE_CLASS:  class_o  <= reg_i.wdata;
          REG_PCIE_SUBSYS: subsys_o <= reg_i.wdata;
          REG_PCIE_ISR:    isr_q    <= reg_i.wdata;
          default: ;
        endcase
      end
      if (flr_start_i) flr_o <= 1'b1;
      else if (write && reg_i.addr == REG_PCIE_FLR_DONE) flr_o <= 1'b0;
    end
  end

  always_comb begin
    case (reg_i.addr)
      REG_PCIE_CTRL:     rdata = {31'd0, ready_o};
      REG_PCIE_STATUS:   rdata = status_i | {31'd0, flr_o} << PCIE_STATUS_FLR_LSB;
      REG_PCIE_EVENTS:   rdata = {28'd0, events_q};
      REG_PCIE_ID:       rdata = id_o;
      REG_PCIE_CLASS:    rdata = class_o;
      REG_PCIE_SUBSYS:   rdata = subsys_o;
      REG_PCIE_ISR:      rdata = isr_q;
      default:           rdata = in_cap ? cap_rdata_i : 32'd0;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) reg_rdata_o <= '0;
    else         reg_rdata_o <= read ? rdata : 32'd0;
  end
endmodule
