#include "hark/client/client.h"

#include <random>

#include "base/utf8.h"
#include "client/chrono_limits.h"
#include "client/client_state.h"
#include "model/names.h"
#include "protocol/grpc/client_codec.h"
#include "runtime/clock.h"

namespace hark::client {
namespace {

namespace grpc = protocol::grpc;

constexpr const char* publish_path = "/cache_client.pubsub.Pubsub/Publish";
constexpr const char* ping_path = "/cache_client.Ping/Ping";
constexpr const char* create_path = "/control_client.ScsControl/CreateCache";
constexpr const char* delete_path = "/control_client.ScsControl/DeleteCache";
constexpr const char* list_path = "/control_client.ScsControl/ListCaches";

Error bad(std::string what) { return {Code::invalid_argument, std::move(what), {}}; }

Result<void> check_names(std::string_view namespace_name, const std::string_view* topic) {
  auto checked = check_namespace_name(namespace_name);
  if (checked && topic) checked = check_topic_name(*topic);
  if (!checked) return bad(checked.error().context);
  return {};
}

Result<void> check_options(const ClientOptions& options) {
  using std::chrono_literals::operator""ms;
  if (options.connect_within <= 0ms) return bad("connect_within must be more than 0");
  if (options.silence_max <= 0ms) return bad("silence_max must be more than 0");
  if (options.back_off_first <= 0ms) return bad("back_off_first must be more than 0");
  if (options.back_off_max < options.back_off_first)
    return bad("back_off_max must not be below back_off_first");
  return {};
}

Result<void> check_start(const Start& start) {
  const Slot first = start.position();
  if (start.mode() != Start::Mode::position) return {};
  if (first.number == 0) return bad("numbers begin with 1");
  if (first.number > sequence_values_max || first.page > sequence_values_max)
    return bad("numbers and pages are at most 2^53");
  return {};
}

Slot slot_of(const Answer& answer) {
  return {answer.trailers.number("hark-sequence-page"), answer.trailers.number("hark-sequence-number")};
}

Result<void> without_value(const Result<Answer>& answer) {
  if (!answer) return answer.error();
  return {};
}

}  // namespace

// --- Client::State -----------------------------------------------------------------------------------

void Client::State::call(const char* path, std::string frame, std::chrono::milliseconds deadline,
                         bool retry_unavailable, std::function<void(Result<Answer>)> done) {
  if (deadline.count() <= 0) return done(bad("the deadline must be more than 0"));
  const std::size_t bytes = frame.size();
  if (!budget_->take(bytes))
    return done(Error{Code::queue_full, "too many calls wait for their answers", {}});
  auto shared_done = std::make_shared<std::function<void(Result<Answer>)>>(std::move(done));
  UnaryCall call{path, std::move(frame), runtime::now() + bounded(deadline), retry_unavailable,
                 [shared_done, budget = budget_, bytes](Result<Answer> result) {
                   budget->give_back(bytes);
                   (*shared_done)(std::move(result));
                 }};
  const auto shared_call = std::make_shared<UnaryCall>(std::move(call));
  if (worker_->post([shared_call](Engine& engine, Instant) { engine.call(std::move(*shared_call)); })) return;
  shared_call->done(Error{Code::cancelled, "the client is closed", {}});
}

Result<Answer> Client::State::ask(const char* path, std::string frame, std::chrono::milliseconds deadline) {
  if (worker_->on_thread()) return Error{Code::misuse, "a blocking call within a callback", {}};
  const auto promise = std::make_shared<std::promise<Result<Answer>>>();
  call(path, std::move(frame), deadline, false,
       [promise](Result<Answer> result) { promise->set_value(std::move(result)); });
  return promise->get_future().get();
}

Result<Subscription> Client::State::subscribe(std::string_view namespace_name, std::string_view topic,
                                              const SubscribeOptions& options,
                                              std::optional<Callbacks> callbacks) {
  if (auto checked = check_names(namespace_name, &topic); !checked) return checked.error();
  if (auto checked = check_start(options.start); !checked) return checked.error();
  if (options.queue_messages_max == 0 || options.queue_bytes_max == 0)
    return bad("queue_messages_max and queue_bytes_max must be more than 0");
  const SubscriptionId id = next_subscription_++;
  std::function<void()> on_room = [worker = std::weak_ptr(worker_), id] {
    if (const auto alive = worker.lock())
      alive->post([id](Engine& engine, Instant now) { engine.on_room(id, now); });
  };
  auto inbox = std::make_shared<Inbox>(options, std::move(callbacks), std::move(on_room));
  Subscriber::Wish wish{std::string(namespace_name), std::string(topic), options.start};
  const bool posted =
      worker_->post([=](Engine& engine, Instant now) { engine.subscribe(id, wish, inbox, now); });
  if (!posted) return Error{Code::cancelled, "the client is closed", {}};
  return Subscription(std::make_unique<Subscription::State>(worker_, std::move(inbox), id));
}

// --- Client ------------------------------------------------------------------------------------------

Result<Client> Client::create(ClientOptions options) {
  auto address = Address::parse(options.url);
  if (!address) return address.error();
  if (auto checked = check_options(options); !checked) return checked.error();
  std::random_device device;
  Engine::Options engine{.authority = address->authority,
                         .connect_within = bounded(options.connect_within),
                         .silence_max = bounded(options.silence_max),
                         .back_off_first = bounded(options.back_off_first),
                         .back_off_max = bounded(options.back_off_max),
                         .seed = (std::uint64_t{device()} << 32) | device()};
  auto worker = Worker::start(*std::move(address), std::move(engine));
  if (!worker) return worker.error();
  return Client(std::make_shared<State>(*std::move(worker), options));
}

Client::Client(std::shared_ptr<State> state) : state_(std::move(state)) {}
Client::Client(Client&&) noexcept = default;

Client& Client::operator=(Client&& other) noexcept {
  if (this == &other) return *this;
  if (state_) close();
  state_ = std::move(other.state_);
  return *this;
}

Client::~Client() {
  if (state_) close();
}

void Client::close() { state_->worker().close(); }

void Client::publish_async(std::string_view namespace_name, std::string_view topic, Payload payload,
                           PublishOptions options, std::function<void(Result<Slot>)> done) {
  if (auto checked = check_names(namespace_name, &topic); !checked) return done(checked.error());
  const bool text = payload.kind() == Kind::text;
  if (text && !is_utf8(payload.bytes())) return done(bad("a text must be valid UTF-8; publish it as binary"));
  if (payload.bytes().size() > std::size_t{1} << 30) return done(bad("the message is above 1 GiB"));
  std::string frame = grpc::encode_publish_request_frame(
      {namespace_name, topic, text ? PayloadKind::text : PayloadKind::binary, as_byte_span(payload.bytes())});
  state_->call(publish_path, std::move(frame), options.deadline, options.retry_unavailable,
               [done = std::move(done)](Result<Answer> result) {
                 if (result)
                   done(slot_of(*result));
                 else
                   done(result.error());
               });
}

std::future<Result<Slot>> Client::publish_future(std::string_view namespace_name, std::string_view topic,
                                                 Payload payload, PublishOptions options) {
  const auto promise = std::make_shared<std::promise<Result<Slot>>>();
  publish_async(namespace_name, topic, payload, options,
                [promise](Result<Slot> result) { promise->set_value(std::move(result)); });
  return promise->get_future();
}

Result<Slot> Client::publish(std::string_view namespace_name, std::string_view topic, Payload payload,
                             PublishOptions options) {
  if (state_->worker().on_thread()) return Error{Code::misuse, "a blocking call within a callback", {}};
  return publish_future(namespace_name, topic, payload, options).get();
}

Result<Subscription> Client::subscribe(std::string_view namespace_name, std::string_view topic,
                                       SubscribeOptions options) {
  return state_->subscribe(namespace_name, topic, options, std::nullopt);
}

Result<Subscription> Client::subscribe(std::string_view namespace_name, std::string_view topic,
                                       SubscribeOptions options, Callbacks callbacks) {
  return state_->subscribe(namespace_name, topic, options, std::move(callbacks));
}

Result<void> Client::create_namespace(std::string_view name, std::chrono::milliseconds deadline) {
  if (auto checked = check_names(name, nullptr); !checked) return checked.error();
  return without_value(state_->ask(create_path, grpc::encode_namespace_request_frame(name), deadline));
}

Result<void> Client::delete_namespace(std::string_view name, std::chrono::milliseconds deadline) {
  if (auto checked = check_names(name, nullptr); !checked) return checked.error();
  return without_value(state_->ask(delete_path, grpc::encode_namespace_request_frame(name), deadline));
}

Result<std::vector<NamespaceInfo>> Client::list_namespaces(std::chrono::milliseconds deadline) {
  std::vector<NamespaceInfo> namespaces;
  const Instant end = runtime::now() + bounded(deadline);
  std::string token;
  do {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - runtime::now());
    if (left.count() <= 0) return Error{Code::deadline_exceeded, "the list did not end in time", {}};
    auto answer = state_->ask(list_path, grpc::encode_list_request_frame(token), left);
    if (!answer) return answer.error();
    auto page = grpc::decode_list_response(as_byte_span(answer->message));
    if (!page) return Error{Code::internal, "the server's list of namespaces makes no sense", {}};
    for (auto& entry : page->entries) namespaces.push_back({std::move(entry.name), entry.message_kib_max});
    if (page->next_token == token && !token.empty())
      return Error{Code::internal, "the server's list of namespaces does not end", {}};
    token = std::move(page->next_token);
  } while (!token.empty());
  return namespaces;
}

Result<std::chrono::nanoseconds> Client::ping(std::chrono::milliseconds deadline) {
  const Instant begun = runtime::now();
  auto answer = state_->ask(ping_path, std::string(5, '\0'), deadline);
  if (!answer) return answer.error();
  return std::chrono::nanoseconds(runtime::now() - begun);
}

}  // namespace hark::client
