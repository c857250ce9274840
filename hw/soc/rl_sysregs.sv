// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// System registers (0x000 to 0x0ff): events and their enables, timer, UART, watchdog.
// irq_o is a level: it stays while an enabled event does. restart_o is a pulse: the
// firmware gave up, or gave no sign of life in time; the core, and it alone, is to be
// reset.
module rl_sysregs
  import rl_pkg::*;
  import rl_regs_pkg::*;
#(
  parameter int unsigned NumQueues   = 16,
  parameter int unsigned NumVectors  = 17,
  parameter int unsigned UartDivider = 1085 // cycles per bit
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  reg_req_t    reg_i,
  output logic [31:0] reg_rdata_o,

  // Event sources (levels).
  input  logic        event_cpl_i,
  input  logic        event_doorbell_i,
  input  logic        event_netrx_i,
  input  logic        event_mbox_i,
  input  logic        event_pcie_i,
  output logic        irq_o,
  output logic        restart_o,

  input  logic        net_link_up_i,
  output logic        uart_tx_o,
  output logic [31:0] scratch_o
);
  localparam int unsigned UartDepth = 128;

  logic [5:0]                 events, event_en_q;
  logic [31:0]                timer_q, timer_cmp_q, restart_q, kept_q, scratch_q, rdata;
  logic                       armed_q, timer_hit_q;
  logic [$clog2(UartDepth):0] uart_free;
  logic                       sel, wr;
  (* async_reg = "true" *)
  logic [2:0]                 link_sync_q; // the link belongs to another clock

  assign sel = reg_i.valid && reg_i.addr[11:8] == 4'h0;
  assign wr  = sel && reg_i.write;

  assign events = {timer_hit_q, event_pcie_i, event_mbox_i, event_netrx_i,
                   event_doorbell_i, event_cpl_i};
  assign scratch_o = scratch_q;

  always_comb begin
    rdata = '0;
    unique case (reg_i.addr)
      REG_ID:        rdata = RINGLET_MAGIC;
      REG_PARAMS:    rdata = {12'h0, 12'(NumVectors), 8'(NumQueues)};
      REG_EVENTS:    rdata = {26'h0, events};
      REG_EVENT_EN:  rdata = {26'h0, event_en_q};
      REG_TIMER:     rdata = timer_q;
      REG_TIMER_CMP: rdata = timer_cmp_q;
      REG_UART_TX:   rdata = 32'(uart_free);
      REG_NET_LINK:  rdata = {31'h0, link_sync_q[2]};
      REG_SCRATCH:   rdata = scratch_q;
      REG_RESTART:   rdata = restart_q;
      REG_KEPT:      rdata = kept_q;
      default:       rdata = '0;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reg_rdata_o <= '0;
      event_en_q  <= '0;
      timer_q     <= '0;
      timer_cmp_q <= '0;
      armed_q     <= 1'b0;
      timer_hit_q <= 1'b0;
      kept_q      <= '0;
      scratch_q   <= '0;
      link_sync_q <= '0;
      irq_o       <= 1'b0;
    end else begin
      reg_rdata_o <= (sel && !reg_i.write) ? rdata : '0;
      irq_o       <= |(events & event_en_q);
      timer_q     <= timer_q + 1'b1;
      timer_hit_q <= armed_q && $signed(timer_q - timer_cmp_q) >= 0;
      link_sync_q <= {link_sync_q[1:0], net_link_up_i};
      if (wr) begin
        unique case (reg_i.addr)
          REG_EVENT_EN:  event_en_q <= reg_i.wdata[5:0];
          REG_TIMER_CMP: begin
            timer_cmp_q <= reg_i.wdata;
            armed_q     <= 1'b1;
            timer_hit_q <= 1'b0;
          end
          REG_TIMER_OFF: begin
            armed_q     <= 1'b0;
            timer_hit_q <= 1'b0;
          end
          REG_SCRATCH:   scratch_q <= reg_i.wdata;
          REG_KEPT:      kept_q    <= reg_i.wdata;
          default: ;
        endcase
      end
    end
  end

  // ---- Watchdog: it goes on after a restart, whoever runs then must show signs of life.
  localparam int unsigned WatchW = $clog2(WATCHDOG_CYCLES + 1);
  logic [WatchW-1:0] watch_q;
  logic              watching_q, hung_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      watch_q    <= '0;
      watching_q <= 1'b0;
      hung_q     <= 1'b0;
      restart_o  <= 1'b0;
      restart_q  <= '0;
    end else begin
      hung_q    <= watching_q && watch_q == WatchW'(WATCHDOG_CYCLES);
      restart_o <= 1'b0;
      watch_q   <= watch_q + WatchW'(watching_q);
      if (wr && reg_i.addr == REG_WATCHDOG) begin
        watching_q <= 1'b1;
        watch_q    <= '0;
      end
      if (hung_q) begin
        restart_o <= 1'b1;
        restart_q <= RESTART_HUNG;
        watch_q   <= '0;
        hung_q    <= 1'b0;
      end
      if (wr && reg_i.addr == REG_PANIC) begin
        restart_o <= 1'b1;
        restart_q <= reg_i.wdata;
        watch_q   <= '0;
        hung_q    <= 1'b0;
      end
    end
  end

  rl_uart_tx #(
    .Divider (UartDivider),
    .Depth   (UartDepth)
  ) u_uart (
    .clk_i,
    .rst_ni,
    .push_i (wr && reg_i.addr == REG_UART_TX),
    .char_i (reg_i.wdata[7:0]),
    .free_o (uart_free),
    .tx_o   (uart_tx_o)
  );
endmodule
