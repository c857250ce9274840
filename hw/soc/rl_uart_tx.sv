// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// UART transmitter, 8N1, with a FIFO. A character pushed into a full FIFO is dropped:
// console output never blocks the firmware.
module rl_uart_tx #(
  parameter int unsigned Divider = 1085, // cycles per bit, 2 to 65535 (125 MHz: 115200 baud)
  parameter int unsigned Depth   = 128   // characters, power of two
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,

  input  logic                     push_i,
  input  logic [7:0]               char_i,
  output logic [$clog2(Depth):0]   free_o,

  output logic                     tx_o
);
  localparam int unsigned PtrW = $clog2(Depth);

  if (Divider < 2 || Divider > 65535) begin : gen_bad_divider
    $error("rl_uart_tx: Divider must be 2 to 65535");
  end

  logic [7:0]      mem [Depth];
  logic [PtrW:0]   wptr_q, rptr_q;
  logic [8:0]      shift_q;   // remaining bits, LSB first, stop bit on top
  logic [3:0]      bits_q;    // bits still to send, 0: idle
  logic [15:0]     div_q;
  logic            full, empty, start;

  assign empty  = wptr_q == rptr_q;
  assign free_o = (PtrW+1)'(Depth) - (wptr_q - rptr_q);
  assign full   = free_o == '0;
  assign start  = bits_q == 4'd0 && !empty;

  always_ff @(posedge clk_i) begin
    if (push_i && !full) mem[wptr_q[PtrW-1:0]] <= char_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wptr_q  <= '0;
      rptr_q  <= '0;
      shift_q <= '1;
      bits_q  <= '0;
      div_q   <= '0;
      tx_o    <= 1'b1;
    end else begin
      if (push_i && !full) wptr_q <= wptr_q + 1'b1;
      if (start) begin
        rptr_q  <= rptr_q + 1'b1;
        shift_q <= {1'b1, mem[rptr_q[PtrW-1:0]]};
        bits_q  <= 4'd10;
        div_q   <= 16'(Divider - 1);
        tx_o    <= 1'b0;
      end else if (bits_q != 4'd0) begin
        if (div_q != '0) begin
          div_q <= div_q - 1'b1;
        end else begin
          div_q   <= 16'(Divider - 1);
          bits_q  <= bits_q - 1'b1;
          tx_o    <= shift_q[0];
          shift_q <= {1'b1, shift_q[8:1]};
        end
      end
    end
  end
endmodule
