"""Every fault and bad input that the project has to bear, by number, and the test that shows it."""

import ast
import re
from functools import lru_cache

from tests.support.running.program import ROOT, SHARED

#: ``number  file: test`` (several where a row has several sides), or ``number  - reason``.
TABLE = """
1    disk/config/test_credentials: the_file_and_its_folder_are_private_from_birth_under_umask_0
1    disk/config/test_credentials: a_file_that_others_may_touch_is_warned_of
2    app/setup/test_secrets: no_key_is_on_a_command_line_during_a_request
2    disk/config/test_credentials: a_key_cannot_be_given_as_an_argument
3    disk/config/test_credentials: the_list_says_the_source_and_at_most_four_characters
4    app/setup/test_secrets: a_key_that_the_server_says_back_is_never_shown
5    app/setup/test_secrets: a_bug_of_ours_shows_no_key
6    commands/ask/test_ask: debug_is_a_line_a_step_without_key_or_body
6    app/setup/test_secrets: a_retry_notice_shows_no_key
7    wires/gemini/test_encode: a_key_is_only_in_its_header_and_shown_as_its_variable
8    disk/config/test_credentials: a_key_command_that_fails_says_why_without_what_it_printed
8    disk/config/test_credentials: a_key_command_that_hangs_is_ended
8    app/setup/test_secrets: a_key_command_is_given_to_no_shell
9    disk/config/test_credentials: a_key_that_cannot_be_a_header_is_refused_by_position
10   commands/ask/test_all_eight: an_empty_variable_is_no_key
10   commands/profiles/test_profiles: without_a_key_and_a_local_model_three_ways_are_told
11   app/setup/test_secrets: a_redirect_is_not_followed_and_the_key_is_not_sent_again
12   app/setup/test_secrets: a_key_is_not_sent_in_the_clear_beyond_this_machine
12   app/setup/test_secrets: allow_http_lets_a_key_travel_in_the_clear
13   app/setup/test_secrets: a_key_goes_to_its_own_provider_only
14   app/setup/test_secrets: an_editor_gets_no_key
14   app/setup/test_secrets: a_key_command_may_need_keys_and_gets_no_prompt
15   disk/config/test_keyring: a_missing_or_locked_keyring_is_named_and_the_file_used_only_if_asked
16   core/text/test_sanitize: an_attack_is_shown_and_does_nothing
16   term/answer/test_drawn_hostile: text
17   term/answer/test_drawn_hostile: text
18   term/answer/test_drawn_hostile: text
19   term/answer/test_drawn_hostile: text
20   process/test_streams: no_control_of_the_models_reaches_a_terminal_wherever_it_is_cut
21   term/answer/test_drawn_hostile: text
22   core/text/test_sanitize: every_control_is_replaced_and_nothing_else_is
23   core/text/test_sanitize: a_cr_right_before_a_newline_vanishes_and_no_other
24   core/text/test_sanitize: every_control_is_replaced_and_nothing_else_is
25   core/text/test_sanitize: what_scripts_and_emoji_need_stays
26   term/markdown/test_hostile: hostile_text_split_at_every_offset_is_only_text
27   term/markdown/test_hostile: hostile_text_split_at_every_offset_is_only_text
27   core/text/test_sanitize: a_stream_cut_anywhere_shows_what_the_whole_shows
28   term/answer/test_drawn_hostile: titles_and_texts_of_conversations
28   term/answer/test_drawn_hostile: an_error_a_notice_and_names_of_models
28   process/test_streams: every_way_to_a_terminal_is_filtered
29   process/test_streams: a_pipe_gets_the_same_raw
30   term/answer/test_drawn_hostile: pictures_and_links_are_text_and_fetched_by_nobody
31   term/answer/test_drawn_hostile: pictures_and_links_are_text_and_fetched_by_nobody
32   term/answer/test_drawn_hostile: a_lone_surrogate_and_rich_markup_are_text
33   process/test_streams: half_a_surrogate_pair_is_replaced
34   core/text/test_sanitize: one_character_becomes_one_character
35   commands/chat/test_chat: a_newline_that_was_asked_for_or_pasted_does_not_send
35   core/text/test_sanitize: every_control_is_replaced_and_nothing_else_is
36   disk/history/test_store: no_one_else_may_read_the_store_or_its_journal
37   disk/history/test_store_kills: whatever_ends_a_run_loses_nothing
37   disk/history/test_store_kills: words_are_kept_within_a_second_though_nothing_follows_them
38   disk/history/test_store_kills: whatever_ends_a_run_loses_nothing
39   disk/history/test_store_kills: four_processes_write_fifty_turns_each_into_a_new_store
40   disk/history/test_store_faults: a_lock_beyond_the_patience_costs_no_answer
41   disk/history/test_store_faults: a_full_disk_costs_no_answer
41   disk/history/test_store_faults: a_limit_of_file_sizes_costs_no_answer
42   disk/history/test_store_faults: a_folder_that_is_read_only_costs_no_answer
42   disk/history/test_store_faults: a_read_only_home_is_silent_where_nothing_is_to_be_saved
43   disk/history/test_store_faults: a_broken_file_is_set_aside_with_one_warning
44   disk/history/test_store: a_journal_that_cannot_be_read_is_set_aside_and_told_of_once
45   disk/history/test_store_faults: a_newer_store_is_read_and_not_written
46   disk/history/test_store: an_upgrade_keeps_a_copy_of_what_was_there
46   disk/history/test_store: an_upgrade_that_is_killed_leaves_the_old_version
47   app/question/test_continue: an_odd_name_is_only_a_title
48   disk/history/test_store: what_is_not_to_be_saved_is_on_no_disk_but_its_counters_are
49   disk/history/test_store: nothing_is_left_of_what_is_removed
50   commands/history/test_history: many_conversations_survive_export_and_import
51   disk/history/test_store_faults: a_file_system_that_takes_no_log_has_a_store_without_one
52   commands/chat/test_chat: what_was_typed_is_kept_privately_and_secrets_are_not
52   commands/chat/test_chat: the_input_history_can_be_off
53   disk/test_paths: a_kill_while_writing_leaves_the_old_or_the_new_file_whole
54   disk/config/test_toml_file: a_syntax_error_has_file_line_and_column
55   disk/config/test_toml_file: a_wrong_type_is_named_with_line_key_and_value
56   disk/config/test_toml_file: an_unknown_key_is_a_warning_with_line_and_nearest_name
57   disk/config/test_toml_file: a_syntax_error_has_file_line_and_column
58   disk/config/test_toml_file: an_edit_changes_its_own_line_and_no_other
59   disk/config/test_toml_file: a_linked_config_is_written_through_its_link
60   disk/test_paths: the_config_lies_where_the_variables_say
61   process/test_streams: no_home_is_no_reason_to_fail
61   disk/test_paths: without_a_home_the_program_says_what_to_set
62   disk/config/test_toml_file: a_byte_order_mark_and_carriage_returns_are_fine
62   disk/config/test_toml_file: utf_16_is_named
63   disk/test_paths: a_config_in_the_current_folder_is_never_loaded
64   net/test_http: each_silence_is_a_timeout_with_its_own_name
65   net/test_http: the_idle_timeout_counts_from_the_last_byte_not_from_the_first
65   net/test_network: a_fault_has_its_kind_and_says_what_happened_in_two_lines
66   app/exchange/test_retry: the_wait_that_the_server_asks_for_is_kept
66   term/answer/test_drawn: a_retry_counts_down_and_says_why
67   app/exchange/test_retry: a_date_to_wait_for_is_held_against_the_servers_own_clock
68   app/exchange/test_retry: a_wait_of_over_a_minute_ends_at_once_and_says_how_long
69   app/exchange/test_retry: our_own_backoff_is_jittered_and_at_most_half_a_second_then_one
69   core/http/test_retry: our_own_wait_doubles_up_to_8_s_with_full_jitter
70   app/exchange/test_retry: a_first_byte_timeout_is_never_tried_again_since_it_may_bill_twice
71   net/test_network: a_fault_has_its_kind_and_says_what_happened_in_two_lines
71   net/test_network: text_that_came_before_a_fault_is_kept_and_ends_in_a_newline
72   net/test_network: a_fault_has_its_kind_and_says_what_happened_in_two_lines
73   commands/ask/test_ask: an_ending_has_its_exit_code_and_its_line
74   net/test_network: a_fault_has_its_kind_and_says_what_happened_in_two_lines
75   net/test_network: the_broken_event_is_shown_in_80_bytes_without_the_key
76   net/test_network: every_dialect_of_a_stream_is_read_to_the_same_answer
76   core/http/test_sse: a_stream_gives_the_same_frames_cut_at_every_byte
77   net/test_network: a_fault_has_its_kind_and_says_what_happened_in_two_lines
78   net/test_http: a_redirect_is_a_protocol_fault_that_names_the_target_and_is_not_followed
79   app/calls/test_wire_faults: a_proxys_502_is_stripped_and_tried_again
80   net/test_network: an_empty_answer_is_no_fault_but_is_said
81   net/test_http: a_gzip_bomb_ends_at_256_mb_as_a_protocol_fault
81   net/test_http: an_endless_error_body_is_read_to_1_mb_and_left
81   core/http/test_sse: a_line_over_the_limit_is_a_fault_of_the_protocol
82   net/test_network: an_unreachable_server_is_exit_8_with_its_cause
82   net/test_network: a_server_on_the_ipv6_loopback_alone_is_reached
82   net/test_network: localhost_is_reached_whatever_its_first_address_is
83   net/test_tls_and_proxy: a_proxy_of_the_environment_is_used
83   net/test_tls_and_proxy: a_socks_proxy_without_its_package_names_the_extra
84   net/test_tls_and_proxy: ca_bundle_in_the_config_makes_it_trusted
84   net/test_tls_and_proxy: a_client_certificate_is_shown_and_missed_where_it_is_not_set
84   net/test_tls_and_proxy: the_systems_own_store_can_be_asked_for
85   net/test_tls_and_proxy: a_clock_that_is_off_is_what_an_untimely_certificate_is_blamed_on
86   commands/models/test_models: an_unknown_model_is_answered_with_near_names
87   process/test_signals: a_signal_ends_the_program_by_itself_at_once
87   term/answer/test_drawn_signals: a_signal_leaves_what_came_and_the_terminal_as_it_was
88   commands/chat/test_chat: ctrl_c_stops_an_answer_and_keeps_what_was_typed
88   commands/chat/test_chat: ctrl_c_clears_the_line_and_twice_on_an_empty_one_leaves
89   process/test_signals: a_signal_ends_the_program_by_itself_at_once
90   process/test_streams: a_reader_that_leaves_ends_the_program_in_silence_and_the_request
91   term/answer/test_drawn_signals: a_stop_takes_the_live_rows_away_and_the_picture_goes_on
92   term/answer/test_drawn_looks: widths
92   term/answer/test_renderer: small_screens_are_enough
92   term/answer/test_drawn_looks: below_20_columns_the_text_is_as_it_was_written
93   process/test_streams: a_closed_stdout_is_exit_13_before_anything_is_sent
94   process/test_streams: a_full_disk_is_exit_13_in_words
95   process/test_streams: a_closed_stdin_is_as_none
96   process/test_streams: a_silent_pipe_is_named_after_a_second_and_its_late_text_is_used
97   term/answer/test_drawn_looks: a_dumb_terminal_gets_no_control_byte_at_all
97   term/answer/test_drawn_looks: whether_to_colour
98   process/test_streams: in_the_c_locale_pipes_and_files_are_utf8
98   term/answer/test_drawn_looks: a_terminal_without_utf_8_gets_question_marks
99   process/test_streams: bytes_that_are_not_utf8_are_exit_2_with_their_offset
99   process/test_streams: over_10_mb_of_stdin_are_refused_unless_allowed
100  process/test_streams: everything_but_the_answer_is_stderr
101  app/tools/test_on_a_terminal: a_call_runs_once_it_is_allowed_and_not_when_enter_is_pressed
101  app/tools/test_threats: threat_3_no_pattern_allows_a_script
102  app/tools/test_approval_prompt: hostile_arguments_are_shown_as_they_run_and_drive_nothing
102  app/tools/test_approval_prompt: a_long_call_cannot_be_allowed_before_it_was_seen
103  app/tools/test_rounds: a_call_that_nobody_can_be_asked_about_is_not_run
103  app/tools/test_rounds: a_tool_that_no_rule_can_allow_is_told_before_anything_is_sent
104  app/tools/mcp/test_trust: whatever_changes_of_a_tool_changes_its_pin
104  app/tools/mcp/test_threats: threat_5_a_tool_that_changed_is_off_until_it_is_seen
105  app/tools/mcp/test_links: the_log_of_a_server_is_bounded
105  commands/mcp/test_mcp: a_log_drives_no_terminal
106  app/question/test_attachments: only_addresses_of_the_open_net_may_be_fetched
107  app/question/test_attachments: a_redirect_is_followed_only_to_where_one_may_go
108  test_house: every_import_is_declared_and_every_dependency_is_imported
109  house/test_packaging: the_wheel_works_in_an_empty_environment
109  house/test_lock: every_dependency_stands_in_the_lock_at_a_version_that_is_allowed
110  - nothing is released yet: .ci/RELEASE.md says how it has to be, and why no workflow is here
"""

#: What public reports and attacks have added since: the fault, and below it its tests.
ADDED = """
a picture that is a bomb, cut, or none
    term/answer/images/test_drawing: what_cannot_be_looked_at_is_no_picture
    term/answer/images/test_on_a_terminal: a_picture_that_cannot_be_shown_costs_no_answer
a picture's file that would drive a terminal
    term/answer/images/test_drawing: what_arrives_is_a_png_that_we_wrote_whatever_came
a conversation from elsewhere that names a file of this machine
    app/history/test_answer_media: no_file_of_this_machine_is_sent_for_a_conversation_from_elsewhere
a file of a conversation that is gone
    app/history/test_answer_media: a_file_that_is_gone_is_one_notice_and_words_to_the_model
an address of a picture that lies elsewhere
    app/media/test_made: a_picture_that_lies_elsewhere_is_only_named
an upload that is sent to where nobody could have said
    commands/files/test_files: no_bytes_go_where_google_could_not_have_said
a list of files without end, or none
    commands/files/test_files: an_endless_list_ends
    commands/files/test_files: what_is_no_list_is_exit_7
a file of a provider that is called like a path
    commands/files/test_files: a_file_is_fetched_under_a_safe_name_and_never_over_another
the forms of NO_PROXY, ranges and ports and IPv6
    core/http/test_no_proxy: an_exception_is_heeded
text that is no address where one is due
    net/test_foreign_addresses: an_attachment_that_is_no_address_is_a_mistake_of_use
one event without end
    core/http/test_sse: what_has_no_end_is_a_fault_before_it_costs_memory
keep-alives and no event
    net/test_bodies: signs_of_life_without_an_event_are_silence
a small body that inflates to a large one
    net/test_bodies: a_small_body_that_stands_for_a_large_one_costs_neither_memory_nor_minutes
a compressed answer of api that is cut
    net/test_bodies: a_packed_answer_of_the_api_is_whole_or_exit_9
broken framing of HTTP
    net/test_bodies: what_is_broken_is_told_in_peoples_words
a page that trickles
    net/test_pages: one_deadline_holds_for_all_of_a_page
HTML of one thing repeated
    net/test_pages: reading_a_page_is_linear_whatever_it_repeats
a page in a codec that is no charset
    net/test_pages: a_codec_that_is_no_charset_of_pages_is_not_used
an address inside another's network
    net/test_pages: what_leads_inside_is_not_public
a FIFO that nobody writes
    app/question/test_attachments: a_pipe_that_nobody_writes_is_named_after_a_second
a server that never tells the time
    net/test_tls_and_proxy: the_question_for_the_clock_has_a_deadline
reasoning in another carrier
    wires/chat/test_reasoning: reasoning_goes_back_as_it_came
a tag of reasoning on another wire
    wires/test_reports: tags_are_reasoning_on_every_wire
a refusal wrapped in another
    core/http/test_error_response: a_body_is_read_whatever_its_shape
a path that the server does not have
    core/http/test_error_response: a_404_that_names_no_model_is_about_the_address
a kind that only the words tell
    core/http/test_error_response: a_message_says_its_kind_where_nothing_else_does
a part refused that we had added
    core/exchange/test_refusal: what_was_refused_is_found
the same refused again
    app/exchange/test_retry: what_was_refused_is_not_sent_again
a cost in another place
    wires/shared/test_openai_usage: a_cost_is_the_providers_wherever_it_stands
a picture in another place
    wires/shared/test_pictures: a_picture_is_one_wherever_it_stands
a conversation of another provider
    wires/test_every_pair: what_any_provider_made_is_accepted
a question that may have been answered
    app/calls/test_wire_faults: a_sent_question_is_not_sent_again_where_its_connection_was_lost
a key said back in an answer
    app/setup/test_echoed_keys: a_key_said_back_in_an_answer_is_in_no_sink
a secret in an address
    app/setup/test_echoed_keys: what_is_secret_in_an_address_is_in_no_sink
a kill while a document is drawn
    disk/history/test_kills_while_drawing: a_kill_while_a_document_is_drawn_loses_nothing
a copy of the store when something is deleted
    disk/history/test_store: a_copy_that_cannot_be_read_stays_and_is_named_without_consent
a broken store
    disk/history/test_store: what_can_be_read_of_a_broken_store_is_there_again
flipped bits in a store
    disk/history/test_damage: flipped_bits_stop_nothing
a clock that was once ahead
    disk/history/test_store: the_last_is_the_one_that_was_used_last_whatever_the_clock_said
control characters in an export
    disk/history/test_damage: a_markdown_export_drives_no_terminal
a cache of another owner
    disk/cache/test_cache: a_cache_of_another_decides_no_exit_code
a huge list of models
    disk/cache/test_cache: a_huge_list_is_kept_small
folders and files that others could read
    disk/cache/test_cache: every_folder_level_and_file_is_private
eight changes at once
    disk/config/test_changes_at_once: eight_changes_at_once_are_all_kept
a link of a stranger
    disk/files/test_links: a_strangers_link_is_not_followed
pages and lists without end
    commands/api/test_api: pages_end_where_one_is_empty_or_enough_have_come
all lists together too slow
    commands/models/test_models: all_lists_together_have_one_time_limit
a stop while the renderer loads
    term/answer/test_drawn: an_answer_that_is_stopped_at_once_does_not_wait_for_what_draws
a stream of ours that does not block
    process/test_descriptors: an_answer_is_whole_on_a_stdout_that_does_not_wait
help that nobody can read
    process/test_descriptors: help_and_version_say_that_nobody_can_read_them
too few descriptors
    process/test_early_signal: too_few_open_files_are_told_as_such
absurd numbers
    process/test_descriptors: an_absurd_number_is_no_bug_of_ours
stopped and gone on with twice
    term/answer/test_job_control: an_answer_that_was_stopped_twice_stands_there_once
a formula in a list
    term/markdown/test_nothing_is_lost: what_was_once_lost_is_seen
code that keeps a lexer busy
    term/markdown/test_lexers: a_mended_lexer_colours_strings_and_is_quick_where_one_does_not_end
reasoning byte by byte
    term/answer/test_growth: a_line_of_reasoning_is_not_copied_for_every_byte_of_it
an address that says nothing
    net/transport/test_dial: an_address_that_says_nothing_has_a_head_start_and_no_more
chunks that are none
    core/http/test_http1: what_is_no_chunk_is_an_error
a paste that names a file
    repl/slash/test_commands: a_paste_never_attaches
a file that looks like a secret
    repl/slash/test_commands: what_looks_like_a_secret_is_asked_about
a key sequence that nobody knows
    term/prompt/test_key_parser: what_is_no_key_never_becomes_text
lines pasted without a mark
    term/prompt/test_key_parser: line_ends_inside_what_comes_at_once_are_a_paste
sixteen open files
    process/test_early_signal: sixteen_open_files_are_enough
an answer of pictures that has none, or bytes that are no picture
    commands/image/test_image: a_bad_answer_is_one_fault_and_no_file
a job that failed, expired, was cancelled, withheld, or that nobody knows
    commands/video/test_video: an_end_without_a_video_is_one_fault_and_no_file
a job that may have begun without being named
    commands/video/test_video: a_beginning_that_fails_is_sent_once
    commands/jobs/test_jobs: a_job_that_was_never_named_is_not_asked_for_again
a result at a foreign address, in a circle, of another kind, or cut for ever
    commands/video/test_video: a_bad_download_leaves_nothing_and_the_job
a transcript of wrong types, of times that are none, or that is no transcript
    wires/resources/audio/test_transcripts: what_is_no_span_is_left_out
    commands/transcribe/test_transcribe: an_answer_that_is_no_transcript_is_the_providers_fault
words of a recording that would drive a terminal, or look like a subtitle
    commands/transcribe/test_transcribe: what_would_drive_a_terminal_is_shown
    core/media/test_transcript: subtitles_are_what_another_parser_reads
a transcript that breaks off in the middle
    commands/transcribe/test_transcribe: what_came_of_a_cut_stream_stays_and_is_not_sent_twice
a sound at an address of others, or none at all
    commands/speak/test_speak: a_sound_at_an_address_of_others_is_not_fetched
    commands/speak/test_speak: an_answer_without_sound_writes_no_file
a part of a long text that fails after others were paid for
    commands/speak/test_speak: parts_that_are_paid_for_are_kept_where_a_later_one_fails
    commands/embed/test_embed: the_vectors_that_came_are_given_though_a_later_call_fails
a list of tuning jobs, or a report of costs, of pages without end
    commands/tune/test_tune: pages_without_end_are_not_read
    commands/balance/test_balance: a_report_without_end_is_not_read_for_ever
a recording whose header is none, or tells of what no file has
    core/media/sound/test_cutting: what_is_not_plain_samples_is_none
a part of a recording that fails after others were paid for, or is stopped
    commands/transcribe/test_long: parts_that_are_paid_for_are_kept_where_a_later_one_fails
    commands/transcribe/test_long: parts_that_are_paid_for_are_kept_where_it_is_stopped
a transcript of a job with wrong types, absurd times, or none
    wires/resources/audio/test_transcripts: what_is_odd_in_a_transcript_of_a_job_is_left_out
    commands/transcribe/test_long: a_result_that_is_no_transcript_is_the_providers_fault
an upload that never comes through, or whose server tells of more than there is
    commands/files/test_resumed: an_upload_that_cannot_go_on_ends
a part of a download that may be of something else
    commands/video/test_download: what_may_be_of_something_else_is_not_gone_on_with
vectors, verdicts or a count that are none, too few, or not numbers
    commands/embed/test_embed: an_answer_without_the_vectors_is_one_line
    commands/moderate/test_moderate: an_answer_without_verdicts_is_one_line
    commands/count/test_count: an_answer_without_a_count_is_one_line
lists of stores and caches of pages without end, or none
    commands/files/test_caches: an_endless_list_ends
    commands/files/test_caches: an_empty_list_is_one_and_what_is_none_is_exit_7
    commands/files/test_stores: a_list_goes_on_to_its_last_page
"""


@lru_cache
def written_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / f"tests/{file}.py").read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def rows() -> list[tuple[int, str]]:
    pairs = (line.split(maxsplit=1) for line in TABLE.strip().splitlines())
    return [(int(number), what) for number, what in pairs]


def test_every_row_is_named_in_order() -> None:
    numbers = [number for number, _ in rows()]
    assert numbers == sorted(numbers) and set(numbers) == set(range(1, 111))
    source = SHARED / "reference/faults.md"
    if source.exists():
        assert {int(n) for n in re.findall(r"^\| (\d+) \|", source.read_text(), re.M)} == {*numbers}


def test_every_row_has_a_test_that_exists_or_a_reason() -> None:
    for number, what in rows():
        if what.startswith("- "):
            assert len(what.split()) > 4, number
            continue
        check_test(what, f"row {number}")


def test_every_fault_that_was_added_has_a_test_that_exists() -> None:
    for row in re.split(r"\n(?! )", ADDED.strip()):
        fault, *tests = row.split("\n    ")
        assert tests, fault
        for test in tests:
            check_test(test, fault)


def check_test(test: str, fault: str) -> None:
    file, name = test.split(": ")
    assert f"test_{name}" in written_in(file), f"{fault}: no test_{name} in {file}.py"
