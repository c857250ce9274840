// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Configuration space of one function: type 0 header, power management at 0x40, MSI-X
// at 0x50, PCI Express at 0x60, and the 22 dwords of the firmware at 0xA8.
// Read data come in the next cycle and stay until the next access.
module rl_pcie_cfg
  import rl_pkg::*;
  import rl_pcie_pkg::*;
  import rl_regs_pkg::*;
#(
  parameter int unsigned NumVectors  = 17,     // 2 to 32
  parameter int unsigned DevmemBytes = 131072  // power of two, at least 4096
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        flr_start_i,  // pulse: back to reset values

  // Access of the host.
  input  logic        req_i,
  input  logic        we_i,
  input  logic [5:0]  reg_i,
  input  logic [3:0]  be_i,
  input  logic [31:0] wdata_i,
  output logic [31:0] rdata_o,
  output logic        flr_ask_o,    // with the read data: the write asked for a reset

  // Filled by the firmware.
  input  logic [31:0] id_i,
  input  logic [31:0] class_i,
  input  logic [31:0] subsys_i,
  input  logic        isr_i,        // an ISR bit is set
  input  logic        cap_we_i,
  input  logic [4:0]  cap_index_i,
  input  logic [31:0] cap_wdata_i,
  output logic [31:0] cap_rdata_o,  // in the same cycle

  // Pulses: errors of requests that came, of answers to ours, and a message of an
  // uncorrectable error has left. Level: requests of ours wait.
  input  pcie_err_t   pcie_err_i,
  input  dma_err_t    dma_err_i,
  input  logic        told_i,
  input  logic        pending_i,
  // Pulses: {fatal, non-fatal, correctable} error that the host wants to be told of.
  output logic [2:0]  report_o,

  // What the host has programmed.
  output logic        mse_o,
  output logic        bme_o,
  output logic [1:0]  dstate_o,
  output logic [15:0] bar0_o,
  output logic [63-$clog2(DevmemBytes):0] bar2_o,
  output logic [2:0]  mps_o,
  output logic [2:0]  mrrs_o,
  output logic        ext_tag_o,
  output logic        intx_o,       // level of INTA, BME and Interrupt Disable considered
  output logic        msix_en_o,
  output logic        msix_fmask_o,

  // Pulses for the firmware.
  output logic        ev_bme_off_o,
  output logic        ev_dstate_o,
  output logic        ev_msix_o
);
  localparam int unsigned Low = $clog2(DevmemBytes);

  if (DevmemBytes < 4096 || (DevmemBytes & (DevmemBytes - 1)) != 0) begin : gen_devmem
    $error("rl_pcie_cfg: DevmemBytes must be a power of two, at least 4096");
  end

  // Dword numbers.
  localparam logic [5:0] RegCommand = 6'h01, RegCache = 6'h03, RegBar0 = 6'h04, RegBar2 = 6'h06,
                         RegBar3 = 6'h07, RegInt = 6'h0F, RegPmCsr = 6'h11, RegMsix = 6'h14,
                         RegDevCtl = 6'h1A, RegLinkCtl = 6'h1C, RegLinkCtl2 = 6'h24;
  // Firmware's dwords from 0xA8; the PCI_CFG capability's bar, offset and length.
  localparam logic [5:0] RegCap = 6'(CFG_VIRTIO_FIRST / 4);
  localparam logic [4:0] CapBar    = 5'((CFG_PCI_CFG - CFG_VIRTIO_FIRST) / 4 + 1);
  localparam logic [4:0] CapOffset = CapBar + 5'd1;
  localparam logic [4:0] CapLength = CapBar + 5'd2;

  // ---- Registers that the host writes ---------------------------------------------------
  logic [15:0] cmd_q;
  // Status: poisoned data came; a message of an error left; our requests met UR, CA;
  // poisoned completions while Parity Error Response is on.
  logic        parity_q, system_q, ur_q, ca_q, master_parity_q;
  logic [7:0]  cache_q, line_q;
  logic [15:0] bar0_q;
  logic [63:Low] bar2_q;
  logic [1:0]  dstate_q;
  logic        msix_en_q, msix_fmask_q;
  logic [3:0]  err_en_q;       // Device Control: error reporting enables
  logic        ro_q, ext_tag_q, ns_q;
  logic [2:0]  mps_q, mrrs_q;
  logic [3:0]  dev_err_q;      // Device Status: UR, fatal, non-fatal, correctable
  logic [7:0]  link_q;
  logic [3:0]  speed_q;
  logic [7:0]  pci_bar_q;
  logic [31:0] pci_offset_q, pci_length_q;

  logic        wr;
  logic [31:0] mask;
  logic [63:0] bar2, bar2_wr;
  logic        unused_bar2;
  assign wr   = req_i && we_i;
  assign mask = be_mask(be_i);
  assign bar2 = {bar2_q, {Low{1'b0}}};
  assign bar2_wr = {reg_i == RegBar3 ? (bar2[63:32] & ~mask) | (wdata_i & mask) : bar2[63:32],
                    reg_i == RegBar2 ? (bar2[31:0] & ~mask) | (wdata_i & mask) : bar2[31:0]};

  assign unused_bar2 = ^bar2_wr[Low-1:0];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      cmd_q        <= '0;
      cache_q      <= '0;
      line_q       <= '0;
      bar0_q       <= '0;
      bar2_q       <= '0;
      dstate_q     <= '0;
      msix_en_q    <= 1'b0;
      msix_fmask_q <= 1'b0;
      err_en_q     <= '0;
      ro_q         <= 1'b1;
      ns_q         <= 1'b1;
      ext_tag_q    <= 1'b0;
      mrrs_q       <= 3'd2;
    end else if (flr_start_i) begin
      cmd_q        <= '0;
      cache_q      <= '0;
      line_q       <= '0;
      bar0_q       <= '0;
      bar2_q       <= '0;
      dstate_q     <= '0;
      msix_en_q    <= 1'b0;
      msix_fmask_q <= 1'b0;
      err_en_q     <= '0;
      ro_q         <= 1'b1;
      ns_q         <= 1'b1;
      ext_tag_q    <= 1'b0;
      mrrs_q       <= 3'd2;
    end else if (wr) begin
      case (reg_i)
        RegCommand: begin
          // Memory space, bus master, parity response; SERR, INTx disable.
          if (be_i[0]) cmd_q[7:0]  <= wdata_i[7:0] & 8'h46;
          if (be_i[1]) cmd_q[15:8] <= wdata_i[15:8] & 8'h05;
        end
        RegCache: if (be_i[0]) cache_q <= wdata_i[7:0];
        RegBar0:  bar0_q <= (bar0_q & ~mask[31:16]) | (wdata_i[31:16] & mask[31:16]);
        RegBar2, RegBar3: bar2_q <= bar2_wr[63:Low];
        RegInt:   if (be_i[0]) line_q <= wdata_i[7:0];
        // Only D0 and D3hot exist: a write of another state changes nothing.
        RegPmCsr: if (be_i[0] && wdata_i[1] == wdata_i[0]) dstate_q <= wdata_i[1:0];
        RegMsix:  if (be_i[3]) {msix_en_q, msix_fmask_q} <= wdata_i[31:30];
        RegDevCtl: begin
          if (be_i[0]) begin
            err_en_q <= wdata_i[3:0];
            ro_q     <= wdata_i[4];
          end
          if (be_i[1]) begin
            ext_tag_q <= wdata_i[8];
            ns_q      <= wdata_i[11];
            mrrs_q    <= wdata_i[14:12] > 3'd5 ? 3'd5 : wdata_i[14:12];
          end
        end
        default: ;
      endcase
    end
  end

  // A function level reset leaves these alone, as the specification says.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      mps_q   <= '0;
      link_q  <= '0;
      speed_q <= 4'd2;
    end else if (wr && be_i[0]) begin
      case (reg_i)
        RegDevCtl:   mps_q   <= wdata_i[7:5] > 3'd2 ? 3'd2 : wdata_i[7:5];
        RegLinkCtl:  link_q  <= wdata_i[7:0] & 8'hCB; // ASPM, RCB, common clock, extended synch
        RegLinkCtl2: speed_q <= wdata_i[3:0];
        default: ;
      endcase
    end
  end

  // Errors come from all over the card, and nobody waits for them.
  pcie_err_t pcie_err_q;
  dma_err_t  dma_err_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pcie_err_q <= '0;
      dma_err_q  <= '0;
    end else begin
      pcie_err_q <= pcie_err_i;
      dma_err_q  <= dma_err_i;
    end
  end

  // Error bits: an error wins over a clear.
  logic [3:0] dev_err_set, dev_err_clr;
  logic [4:0] status_set, status_clr;
  logic       fatal, nonfatal, correctable;
  // Role-based reporting: a request that its completion answers is only advisory, and so
  // is a completion that nobody waits for.
  // What the watchdog did is not an error of the link's.
  logic unused_err;
  assign unused_err  = ^{pcie_err_q.late, pcie_err_q.discarded};
  assign fatal       = pcie_err_q.malformed;
  assign nonfatal    = pcie_err_q.p_ur || pcie_err_q.poison || dma_err_q.cpl_poison ||
                       dma_err_q.timeouts != '0;
  assign correctable = pcie_err_q.np_ur || dma_err_q.unexpected;
  assign dev_err_set = {pcie_err_q.np_ur || pcie_err_q.p_ur, fatal, nonfatal, correctable};
  assign dev_err_clr = wr && reg_i == RegDevCtl && be_i[2] ? wdata_i[19:16] : 4'd0;
  assign status_set  = {pcie_err_q.poison || dma_err_q.cpl_poison, told_i && cmd_q[8],
                        dma_err_q.cpl_ur, dma_err_q.cpl_ca, dma_err_q.cpl_poison && cmd_q[6]};
  assign status_clr  = wr && reg_i == RegCommand && be_i[3] ?
                       {wdata_i[31:28], wdata_i[24]} : 5'd0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      dev_err_q <= '0;
      {parity_q, system_q, ur_q, ca_q, master_parity_q} <= '0;
    end else if (flr_start_i) begin
      dev_err_q <= '0;
      {parity_q, system_q, ur_q, ca_q, master_parity_q} <= '0;
    end else begin
      dev_err_q <= (dev_err_q & ~dev_err_clr) | dev_err_set;
      {parity_q, system_q, ur_q, ca_q, master_parity_q} <=
          ({parity_q, system_q, ur_q, ca_q, master_parity_q} & ~status_clr) | status_set;
    end
  end

  // What the host wants to be told of: reporting enables of Device Control {UR, fatal,
  // non-fatal, correctable}, SERR# Enable. In D3hot nothing is sent.
  logic serr, ur_on;
  assign serr  = cmd_q[8];
  assign ur_on = err_en_q[3];
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) report_o <= '0;
    else if (dstate_q != 2'd0 || flr_start_i) report_o <= '0;
    else begin
      report_o[2] <= fatal && (err_en_q[2] || serr);
      report_o[1] <= (err_en_q[1] || serr) &&
                     ((pcie_err_q.p_ur && (ur_on || serr)) || pcie_err_q.poison ||
                      dma_err_q.cpl_poison || dma_err_q.timeouts != '0);
      report_o[0] <= err_en_q[0] && ((pcie_err_q.np_ur && ur_on) || dma_err_q.unexpected);
    end
  end

  // ---- Dwords of the firmware; three fields belong to the host too ------------------------
  logic [31:0] cap_q [32];
  logic [31:0] host_cap;
  logic [4:0]  host_index;

  assign host_index = reg_i[4:0] - RegCap[4:0];
  assign host_cap   = cap_q[host_index];

  always_ff @(posedge clk_i) begin
    if (cap_we_i) cap_q[cap_index_i] <= cap_wdata_i;
  end

  always_comb begin
    case (cap_index_i)
      CapBar:    cap_rdata_o = {cap_q[cap_index_i][31:8], pci_bar_q};
      CapOffset: cap_rdata_o = pci_offset_q;
      CapLength: cap_rdata_o = pci_length_q;
      default:   cap_rdata_o = cap_q[cap_index_i];
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pci_bar_q    <= '0;
      pci_offset_q <= '0;
      pci_length_q <= '0;
    end else if (flr_start_i) begin
      pci_bar_q    <= '0;
      pci_offset_q <= '0;
      pci_length_q <= '0;
    end else begin
      if (cap_we_i && cap_index_i == CapBar)    pci_bar_q    <= cap_wdata_i[7:0];
      if (cap_we_i && cap_index_i == CapOffset) pci_offset_q <= cap_wdata_i;
      if (cap_we_i && cap_index_i == CapLength) pci_length_q <= cap_wdata_i;
      if (wr && reg_i >= RegCap) begin
        case (host_index)
          CapBar:    if (be_i[0]) pci_bar_q <= wdata_i[7:0];
          CapOffset: pci_offset_q <= (pci_offset_q & ~mask) | (wdata_i & mask);
          CapLength: pci_length_q <= (pci_length_q & ~mask) | (wdata_i & mask);
          default: ;
        endcase
      end
    end
  end

  // ---- Read ------------------------------------------------------------------------------
  logic [31:0] rdata;
  logic        intx;
  assign intx = isr_i && !msix_en_q;

  always_comb begin
    case (reg_i)
      6'h00:     rdata = id_i;
      RegCommand: rdata = {parity_q, system_q, ur_q, ca_q, 3'd0, master_parity_q, 4'h1, intx, 3'd0, cmd_q};
      6'h02:     rdata = class_i;
      RegCache:  rdata = {24'd0, cache_q};
      RegBar0:   rdata = {bar0_q, 16'd0};
      RegBar2:   rdata = bar2[31:0] | 32'h0000_000C; // 64 bits, prefetchable
      RegBar3:   rdata = bar2[63:32];
      6'h0B:     rdata = subsys_i;
      6'h0D:     rdata = 32'h0000_0040;
      RegInt:    rdata = {16'd0, 8'h01, line_q};
      6'h10:     rdata = 32'h0003_5001;              // power management, version 3
      RegPmCsr:  rdata = {28'd0, 2'b10, dstate_q};   // no soft reset
      RegMsix:   rdata = {msix_en_q, msix_fmask_q, 3'd0, 11'(NumVectors - 1), 16'h6011};
      6'h15:     rdata = BAR0_MSIX;
      6'h16:     rdata = BAR0_PBA;
      6'h18:     rdata = {16'h0002, 8'(CFG_VIRTIO_FIRST), 8'h10}; // endpoint, version 2
      // Payload 512, extended tags, role-based errors, function level reset.
      6'h19:     rdata = 32'h1000_8022;
      RegDevCtl: rdata = {10'd0, pending_i, 1'b0, dev_err_q, 1'b0, mrrs_q, ns_q, 2'd0, ext_tag_q,
                          mps_q, ro_q, err_en_q};
      6'h1B:     rdata = 32'h0040_0042;              // 5 GT/s, x4
      RegLinkCtl: rdata = {16'h0042, 8'd0, link_q};
      6'h23:     rdata = 32'h0000_0006;              // speeds: 2.5 and 5 GT/s
      RegLinkCtl2: rdata = {28'd0, speed_q};
      default:   rdata = 32'd0;
    endcase
    if (reg_i >= RegCap) begin
      case (host_index)
        CapBar:    rdata = {host_cap[31:8], pci_bar_q};
        CapOffset: rdata = pci_offset_q;
        CapLength: rdata = pci_length_q;
        default:   rdata = host_cap;
      endcase
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      rdata_o      <= '0;
      flr_ask_o    <= 1'b0;
      ev_bme_off_o <= 1'b0;
      ev_dstate_o  <= 1'b0;
      ev_msix_o    <= 1'b0;
    end else begin
      if (req_i) rdata_o <= rdata;
      flr_ask_o    <= wr && reg_i == RegDevCtl && be_i[1] && wdata_i[15];
      ev_bme_off_o <= wr && reg_i == RegCommand && be_i[0] && cmd_q[2] && !wdata_i[2];
      ev_dstate_o  <= wr && reg_i == RegPmCsr && be_i[0];
      ev_msix_o    <= wr && reg_i == RegMsix && be_i[3] &&
                      wdata_i[31:30] != {msix_en_q, msix_fmask_q};
    end
  end

  assign mse_o        = cmd_q[1];
  assign bme_o        = cmd_q[2];
  assign dstate_o     = dstate_q;
  assign bar0_o       = bar0_q;
  assign bar2_o       = bar2_q;
  assign mps_o        = mps_q;
  assign mrrs_o       = mrrs_q;
  assign ext_tag_o    = ext_tag_q;
  assign intx_o       = intx && !cmd_q[10] && bme_o && dstate_q == 2'd0;
  assign msix_en_o    = msix_en_q;
  assign msix_fmask_o = msix_fmask_q;
endmodule
