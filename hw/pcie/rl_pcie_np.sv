// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Ringlet developers
//
// Carries out non-posted requests, one after the other: configuration accesses,
// reads of BAR0 dword by dword (a slot is reserved before a dword is asked for), reads
// of BAR2 by handing a job to its port; everything else is answered with UR.
module rl_pcie_np
  import rl_pkg::*;
  import rl_pcie_pkg::*;
  import rl_regs_pkg::*;
#(
  parameter int unsigned DevmemBytes = 131072 // power of two
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  // Requests in order.
  input  logic        np_valid_i,
  output logic        np_ready_o,
  input  np_t         np_i,

  // From configuration space.
  input  logic        mem_en_i,
  input  logic [15:0] bar0_i,
  input  logic [63-$clog2(DevmemBytes):0] bar2_i,
  input  logic        crs_i,      // not ready, or in a function level reset
  output logic        bdf_we_o,   // a configuration write came for bdf_o
  output logic [15:0] bdf_o,

  // Access to configuration space: read data in the next cycle.
  output logic        cfg_req_o,
  output logic        cfg_we_o,
  output logic [5:0]  cfg_reg_o,
  output logic [3:0]  cfg_be_o,
  output logic [31:0] cfg_wdata_o,
  input  logic [31:0] cfg_rdata_i,
  // That write asks for a function level reset. It starts (pulse) when all completions
  // made until then have left.
  input  logic        cfg_flr_i,
  input  logic        cpl_idle_i,
  output logic        flr_start_o,

  // MSI-X table and PBA: read data in the next cycle.
  output logic [15:0] msix_addr_o,
  input  logic [31:0] msix_rdata_i,

  // Reads for the firmware.
  output logic        mbox_valid_o,
  input  logic        mbox_ready_i,
  output mbox_t       mbox_o,

  // Completions answered through slots: a job, then its dwords.
  output logic        job_valid_o,
  input  logic        job_ready_i,
  output cpl_t        job_o,
  output logic        job_slot_o,  // without data, but not before its slot is answered
  output logic        slot_valid_o,
  input  logic        slot_ready_i,
  output logic        slot_wait_o, // the data come from the firmware
  output logic [31:0] slot_data_o,
  input  logic [7:0]  slot_tag_i,

  // Reads of BAR2.
  output logic        rd2_valid_o,
  input  logic        rd2_ready_i,
  output cpl_t        rd2_o,       // length and byte count of the whole request
  output logic [$clog2(DevmemBytes)-3:0] rd2_addr_o,

  // Pulse: a request was answered with UR.
  output logic        err_ur_o
);
  localparam int unsigned Low = $clog2(DevmemBytes);

  typedef enum logic [3:0] {
    StIdle,     // take a request and decode its address
    StDispatch, // look at its type
    StCfg,      // configuration read data arrive
    StCfgMbox,  // PCI_CFG data: ask the firmware
    StCfgJob,   // completion of a configuration access
    StCfgSlot,  // and its data
    StFlr,      // wait until the completion of the initiating write has left
    StBar0Job,  // completion of the next part of a BAR0 read
    StBar0Addr, // look up the next dword
    StBar0Slot, // reserve its slot, ask for it or answer it
    StBar2,     // hand over a BAR2 read
    StUr        // answer with UR
  } state_e;

  state_e      state_q, state_d;
  np_t         req_q;
  logic        hit0, hit2, hit0_q, hit2_q;
  logic [13:0] addr_q, addr_d;     // BAR0: dword address
  logic [10:0] left_q, left_d;     // dwords left of the request
  logic [5:0]  part_q, part_d;     // and of this completion, 1 to 32
  logic [11:0] bytes_q, bytes_d;   // byte count that remains
  logic        first_q, first_d;   // no dword done yet
  logic        status_only_q, status_only_d; // configuration access without read data
  logic        flr_q, flr_d;
  logic        crs_q, crs_d;

  rl_pcie_decode #(.DevmemBytes(DevmemBytes)) u_decode (
    .addr_i(np_i.addr), .mem_en_i, .bar0_i, .bar2_i, .hit0_o(hit0), .hit2_o(hit2)
  );

  // ---- What the request is ----------------------------------------------------------
  logic       is_cfg, is_cfg_write, is_read, is_locked, for_us, is_ext, is_data;
  logic [10:0] len;
  logic [5:0] to_boundary;
  logic [3:0] be, be_q;
  logic       in_mailbox, in_msix, ask_q, mbox_go;

  assign is_cfg       = req_q.fmt_type == TlpCfgRd0 || req_q.fmt_type == TlpCfgWr0;
  assign is_cfg_write = req_q.fmt_type[6];
  assign is_read      = req_q.fmt_type == TlpMRd32 || req_q.fmt_type == TlpMRd64;
  assign is_locked    = req_q.fmt_type == TlpMRdLk32 || req_q.fmt_type == TlpMRdLk64;
  assign for_us       = req_q.addr[18:16] == 3'd0 && !req_q.bad;
  assign is_ext       = req_q.addr[11:8] != 4'd0;
  assign is_data      = !is_ext && req_q.addr[7:2] == 6'h3F;
  assign len          = {req_q.len == 10'd0, req_q.len};

  // Reads may be split at multiples of 128 bytes only.
  assign to_boundary  = 6'd32 - {1'b0, addr_q[4:0]};
  assign be           = dword_be(first_q, left_q == 11'd1, req_q.first_be, req_q.last_be);
  assign in_mailbox   = {addr_q, 2'b00} < 16'(BAR0_MAILBOX_END);
  // The firmware is asked only with a slot reserved in the same cycle; whether it is, and for
  // which bytes, was looked up in StBar0Addr.
  always_ff @(posedge clk_i) begin
    be_q  <= be;
    ask_q <= in_mailbox && be != 4'd0;
  end
  assign mbox_valid_o = slot_ready_i && ((state_q == StCfgMbox && job_ready_i) ||
                                         (state_q == StBar0Slot && ask_q));
  assign mbox_go      = mbox_valid_o && mbox_ready_i;
  assign in_msix      = addr_q[13]; // table and PBA; what is not there reads 0

  // ---- Control ------------------------------------------------------------------------
  always_comb begin
    state_d       = state_q;
    addr_d        = addr_q;
    left_d        = left_q;
    part_d        = part_q;
    bytes_d       = bytes_q;
    first_d       = first_q;
    status_only_d = status_only_q;
    flr_d         = flr_q;
    crs_d         = crs_q;

    np_ready_o   = 1'b0;
    bdf_we_o     = 1'b0;
    cfg_req_o    = 1'b0;
    flr_start_o  = 1'b0;
    job_valid_o  = 1'b0;
    slot_valid_o = 1'b0;
    slot_wait_o  = 1'b0;
    slot_data_o  = 32'd0;
    rd2_valid_o  = 1'b0;
    err_ur_o     = 1'b0;

    job_o.ctx        = req_q.ctx;
    job_o.status     = CplSC;
    job_o.locked     = is_locked;
    job_o.data       = 1'b0;
    job_o.len        = 10'd0;
    job_o.byte_count = 12'd4;
    job_o.lower_addr = 7'd0;
    job_slot_o       = 1'b0;

    case (state_q)
      StIdle: begin
        np_ready_o = 1'b1;
        if (np_valid_i) state_d = StDispatch;
      end

      StDispatch: begin
        addr_d  = req_q.addr[15:2];
        left_d  = len;
        bytes_d = read_bytes(req_q.len, req_q.first_be, req_q.last_be);
        first_d = 1'b1;
        status_only_d = 1'b1;
        flr_d   = 1'b0;
        crs_d   = crs_i;
        if (is_cfg && for_us) begin
          bdf_we_o = is_cfg_write;
          if (crs_i) state_d = StCfgJob;
          else if (is_data && req_q.first_be != 4'd0) state_d = StCfgMbox;
          else begin
            cfg_req_o = !is_ext;
            state_d   = StCfg;
          end
        end else if (is_read && hit0_q) state_d = StBar0Job;
        else if (is_read && hit2_q) state_d = StBar2;
        else state_d = StUr;
      end

      StCfg: begin
        status_only_d = is_cfg_write;
        flr_d         = cfg_flr_i;
        state_d       = StCfgJob;
      end

      StCfgMbox: begin
        slot_valid_o = mbox_go;
        slot_wait_o  = 1'b1;
        job_valid_o  = slot_valid_o;
        job_o.data   = !is_cfg_write;
        job_o.len    = {9'd0, !is_cfg_write};
        job_slot_o   = is_cfg_write;
        if (slot_valid_o) state_d = StIdle;
      end

      StCfgJob: begin
        job_valid_o  = 1'b1;
        job_o.status = crs_q ? CplCRS : CplSC;
        job_o.data   = !status_only_q;
        job_o.len    = {9'd0, !status_only_q};
        if (job_ready_i) state_d = flr_q ? StFlr : status_only_q ? StIdle : StCfgSlot;
      end

      StCfgSlot: begin
        slot_valid_o = 1'b1;
        slot_data_o  = is_ext ? 32'd0 : cfg_rdata_i;
        if (slot_ready_i) state_d = StIdle;
      end

      StFlr: if (cpl_idle_i) begin
        flr_start_o = 1'b1;
        state_d     = StIdle;
      end

      StBar0Job: begin
        part_d           = left_q < {5'd0, to_boundary} ? left_q[5:0] : to_boundary;
        job_valid_o      = 1'b1;
        job_o.data       = 1'b1;
        job_o.len        = {4'd0, part_d};
        job_o.byte_count = bytes_q;
        job_o.lower_addr = {addr_q[4:0], first_q ? be_before(req_q.first_be) : 2'd0};
        if (job_ready_i) begin
          bytes_d = bytes_q - {4'd0, part_d, 2'b00} +
                    {10'd0, first_q ? be_before(req_q.first_be) : 2'd0};
          state_d = StBar0Addr;
        end
      end

      StBar0Addr: state_d = StBar0Slot;

      StBar0Slot: begin
        if (ask_q) begin
          slot_valid_o = mbox_go;
          slot_wait_o  = 1'b1;
        end else begin
          slot_valid_o = 1'b1;
          slot_data_o  = in_msix ? msix_rdata_i : 32'd0;
        end
        if (slot_valid_o && slot_ready_i) begin
          addr_d  = addr_q + 14'd1;
          left_d  = left_q - 11'd1;
          part_d  = part_q - 6'd1;
          first_d = 1'b0;
          state_d = left_q == 11'd1 ? StIdle : part_q == 6'd1 ? StBar0Job : StBar0Addr;
        end
      end

      StBar2: begin
        rd2_valid_o = 1'b1;
        if (rd2_ready_i) state_d = StIdle;
      end

      StUr: begin
        job_valid_o  = 1'b1;
        job_o.status = CplUR;
        if (is_read || is_locked) begin
          job_o.byte_count = bytes_q;
          job_o.lower_addr = {addr_q[4:0], be_before(req_q.first_be)};
        end
        if (job_ready_i) begin
          err_ur_o = 1'b1;
          state_d  = StIdle;
        end
      end

      default: state_d = StIdle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= StIdle;
    else         state_q <= state_d;
  end

  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) begin
      req_q  <= np_i;
      hit0_q <= hit0;
      hit2_q <= hit2;
    end
    addr_q        <= addr_d;
    left_q        <= left_d;
    part_q        <= part_d;
    bytes_q       <= bytes_d;
    first_q       <= first_d;
    status_only_q <= status_only_d;
    flr_q         <= flr_d;
    crs_q         <= crs_d;
  end

  // ---- Side doors ------------------------------------------------------------------------
  assign bdf_o       = {req_q.addr[31:19], 3'd0};
  assign cfg_we_o    = is_cfg_write;
  assign cfg_reg_o   = req_q.addr[7:2];
  assign cfg_be_o    = req_q.first_be;
  assign cfg_wdata_o = req_q.addr[63:32];
  assign msix_addr_o = {addr_q, 2'b00};

  assign mbox_o.write = is_cfg && is_cfg_write;
  assign mbox_o.cfg   = is_cfg;
  assign mbox_o.be    = is_cfg ? req_q.first_be : be_q;
  assign mbox_o.tag   = slot_tag_i;
  assign mbox_o.addr  = is_cfg ? 16'd0 : {addr_q, 2'b00};
  assign mbox_o.data  = is_cfg ? req_q.addr[63:32] : 32'd0;

  assign rd2_addr_o       = req_q.addr[Low-1:2];
  assign rd2_o.ctx        = req_q.ctx;
  assign rd2_o.status     = CplSC;
  assign rd2_o.locked     = 1'b0;
  assign rd2_o.data       = 1'b1;
  assign rd2_o.len        = req_q.len;
  assign rd2_o.byte_count = bytes_q;
  assign rd2_o.lower_addr = {req_q.addr[6:2], be_before(req_q.first_be)};
endmodule
