// The C++ client at the end of a pipe: a line on stdin is a command, a line on stdout its answer. Built
// against the public headers and the shared library alone, as a user's program is. See client_suite.py for
// the commands.
#include <hark/client/client.h>

#include <atomic>
#include <condition_variable>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>

namespace {

using namespace hark::client;
using std::chrono::milliseconds;

using Words = std::istringstream;

std::string words_of(const Error& error) {
  return "error " + std::string(to_string(error.code)) +
         (error.outcome == Outcome::unknown ? " unknown " : " no ") + error.message;
}
std::string words_of(const Slot& slot) {
  return std::to_string(slot.page) + ":" + std::to_string(slot.number);
}
std::string words_of(const Item& item) {
  return "item " + words_of(item.slot) + (item.kind == Kind::text ? " text " : " binary ") + item.payload;
}
std::string words_of(const Discontinuity& gap) {
  return "gap " + std::string(to_string(gap.reason)) + " last " + words_of(gap.last) + " page " +
         std::to_string(gap.page) + " missed " + std::to_string(gap.missed_from) + "-" +
         std::to_string(gap.missed_to);
}
std::string words_of(const Event& event) {
  return std::visit([](const auto& what) { return words_of(what); }, event);
}
std::string words_of(const Result<void>& result) { return result ? "ok" : words_of(result.error()); }

Start start_of(const std::string& text) {
  if (text == "new") return Start::only_new();
  if (text == "latest") return Start::latest();
  if (text.starts_with("last:")) return Start::last(std::stoull(text.substr(5)));
  if (text.starts_with("after:")) {
    const auto colon = text.find(':', 6);
    return Start::after({std::stoull(text.substr(6, colon - 6)), std::stoull(text.substr(colon + 1))});
  }
  return Start::from(std::stoull(text));
}

/// Descriptors and threads of this process, to see that nothing stays behind.
std::string resources() {
  std::ifstream status("/proc/self/status");
  std::string line, threads;
  while (std::getline(status, line))
    if (line.starts_with("Threads:")) threads = line.substr(9);
  return "threads " + threads;
}

class Probe {
 public:
  std::string run(const std::string& command, Words& words) {
    if (command == "open") return open(words);
    if (command == "publish") return publish(words);
    if (command == "burst") return burst(words);
    if (command == "subscribe") return subscribe(words);
    if (command == "listen") return listen(words);
    if (command == "heard") return heard(words);
    if (command == "ready") return words_of(subscription(words).wait_ready(time(words)));
    if (command == "next") return next(words);
    if (command == "collect") return collect(words);
    if (command == "last") return words_of(subscription(words).last());
    if (command == "cancel") return subscription(words).cancel(), "ok";
    if (command == "forget") return subscriptions_.erase(word(words)), "ok";
    if (command == "create") return words_of(client_->create_namespace(word(words)));
    if (command == "delete") return words_of(client_->delete_namespace(word(words)));
    if (command == "list") return list();
    if (command == "ping") return ping(words);
    if (command == "misuse") return misuse(words);
    if (command == "hammer") return hammer(words);
    if (command == "close") return client_->close(), "ok";
    if (command == "drop") return client_.reset(), "ok";
    if (command == "resources") return resources();
    return "what?";
  }

 private:
  static std::string word(Words& words) {
    std::string text;
    words >> text;
    return text;
  }
  static milliseconds time(Words& words) {
    long count = 0;
    words >> count;
    return milliseconds(count);
  }
  Subscription& subscription(Words& words) { return subscriptions_.at(word(words)); }

  std::string open(Words& words) {
    ClientOptions options;
    options.url = word(words);
    for (std::string option = word(words); !option.empty(); option = word(words)) {
      const auto value = milliseconds(std::stol(option.substr(option.find('=') + 1)));
      if (option.starts_with("silence=")) options.silence_max = value;
      if (option.starts_with("connect=")) options.connect_within = value;
      if (option.starts_with("calls=")) options.calls_max = static_cast<std::size_t>(value.count());
    }
    auto client = Client::create(options);
    if (!client) return words_of(client.error());
    client_ = std::make_unique<Client>(*std::move(client));
    return "ok";
  }

  /// publish NAMESPACE TOPIC TEXT [deadline=MS] [retry] [size=BYTES] [binary]
  std::string publish(Words& words) {
    const std::string space = word(words), topic = word(words);
    std::string text = word(words);
    PublishOptions options;
    Kind kind = Kind::text;
    for (std::string option = word(words); !option.empty(); option = word(words)) {
      if (option.starts_with("deadline=")) options.deadline = milliseconds(std::stol(option.substr(9)));
      if (option.starts_with("size=")) text.resize(std::stoull(option.substr(5)), 'x');
      if (option == "retry") options.retry_unavailable = true;
      if (option == "binary") kind = Kind::binary;
      if (option == "bytes") text.assign("\xff\0\xfe", 3);
    }
    const auto slot = client_->publish(space, topic, Payload(kind, text), options);
    return slot ? "ok " + words_of(*slot) : words_of(slot.error());
  }

  /// burst NAMESPACE TOPIC COUNT SIZE: publishes 1, 2, 3, ... without waiting for each.
  std::string burst(Words& words) {
    const std::string space = word(words), topic = word(words);
    std::size_t count = 0, size = 0;
    words >> count >> size;
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t answered = 0, failed = 0, disordered = 0, in_flight = 0;
    std::uint64_t last = 0;
    std::string why;
    for (std::size_t i = 1; i <= count; ++i) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return in_flight < 1000; });
      ++in_flight;
      lock.unlock();
      std::string text = std::to_string(i);
      if (text.size() < size) text += std::string(size - text.size(), '.');
      client_->publish_async(space, topic, text, {}, [&](Result<Slot> result) {
        const std::lock_guard in(mutex);
        ++answered;
        --in_flight;
        if (!result && failed++ == 0) why = words_of(result.error());
        if (result && result->number != last + 1 && last != 0) ++disordered;
        if (result) last = result->number;
        changed.notify_all();
      });
    }
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return answered == count; });
    return "answered " + std::to_string(answered) + " failed " + std::to_string(failed) + " disordered " +
           std::to_string(disordered) + " last " + std::to_string(last) + (why.empty() ? "" : " " + why);
  }

  /// subscribe ID NAMESPACE TOPIC START [queue=MESSAGES]
  std::string subscribe(Words& words) {
    const std::string id = word(words), space = word(words), topic = word(words);
    SubscribeOptions options;
    options.start = start_of(word(words));
    if (const std::string queue = word(words); !queue.empty())
      options.queue_messages_max = std::stoull(queue.substr(6));
    return keep(id, client_->subscribe(space, topic, options));
  }

  /// listen ID NAMESPACE TOPIC START: with callbacks; `heard ID` gives and forgets what they were told.
  std::string listen(Words& words) {
    const std::string id = word(words), space = word(words), topic = word(words);
    SubscribeOptions options;
    options.start = start_of(word(words));
    const auto say = [this, id](const std::string& text) {
      const std::lock_guard lock(mutex_);
      heard_[id] += text + ";";
    };
    Callbacks callbacks{[say](const Item& item) { say(words_of(item)); },
                        [say](const Discontinuity& gap) { say(words_of(gap)); }, [say] { say("ready"); },
                        [say](const Error& why) { say("interrupted " + std::string(to_string(why.code))); },
                        [say](const Error& why) { say("end " + std::string(to_string(why.code))); }};
    return keep(id, client_->subscribe(space, topic, options, std::move(callbacks)));
  }
  std::string heard(Words& words) {
    const std::lock_guard lock(mutex_);
    return "heard " + std::exchange(heard_[word(words)], {});
  }

  std::string keep(const std::string& id, Result<Subscription> made) {
    if (!made) return words_of(made.error());
    subscriptions_.erase(id);
    subscriptions_.emplace(id, *std::move(made));
    return "ok";
  }

  std::string next(Words& words) {
    Subscription& from = subscription(words);
    auto event = from.next(time(words));
    if (!event) return words_of(event.error());
    return *event ? words_of(**event) : "none";
  }

  /// collect ID COUNT WITHIN_MS [PAUSE_MS]: takes COUNT items or named misses; says what came, and whether
  /// each followed on the one before.
  std::string collect(Words& words) {
    Subscription& from = subscription(words);
    std::size_t count = 0;
    words >> count;
    const milliseconds within = time(words), pause = time(words);
    const auto end = std::chrono::steady_clock::now() + within;
    std::uint64_t items = 0, missed = 0, gaps = 0, holes = 0, first = 0, last = 0, page = 0, pages = 0;
    std::string ended;
    while (items + missed < count && ended.empty()) {
      const auto left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now());
      auto event = from.next(std::max(left, milliseconds(0)));
      if (!event) {
        ended = " " + words_of(event.error());
      } else if (!*event) {
        ended = " late";
      } else if (const Item* item = std::get_if<Item>(&**event)) {
        ++items;
        if (last != 0 && item->slot.number != last + 1) ++holes;
        if (first == 0) first = item->slot.number;
        if (item->slot.page != page) ++pages;
        page = item->slot.page;
        last = item->slot.number;
      } else {
        const auto& gap = std::get<Discontinuity>(**event);
        ++gaps;
        if (gap.missed_to >= gap.missed_from) missed += gap.missed_to - gap.missed_from + 1;
        if (gap.page == page && gap.missed_from != last + 1) ++holes;
        last = gap.missed_to;
      }
      if (pause.count() > 0) std::this_thread::sleep_for(pause);
    }
    std::ostringstream out;
    out << "items " << items << " missed " << missed << " gaps " << gaps << " holes " << holes << " pages "
        << pages << " first " << first << " last " << last << ended;
    return out.str();
  }

  std::string list() {
    const auto found = client_->list_namespaces();
    if (!found) return words_of(found.error());
    std::string out = "ok";
    for (const auto& space : *found) out += " " + space.name;
    return out;
  }

  std::string ping(Words& words) {
    const auto taken = client_->ping(time(words));
    return taken ? "ok" : words_of(taken.error());
  }

  /// misuse NAMESPACE TOPIC: blocking calls from within a callback, and cancel(), which is allowed.
  std::string misuse(Words& words) {
    const std::string space = word(words), topic = word(words);
    std::promise<std::string> said;
    std::unique_ptr<Subscription> own;
    std::mutex mutex;
    Callbacks callbacks;
    callbacks.on_item = [&](const Item&) {
      const std::lock_guard lock(mutex);
      const auto published = client_->publish(space, topic, "x");
      const auto waited = own->wait_ready(milliseconds(1));
      own->cancel();
      said.set_value(std::string(to_string(published.error().code)) + " " + to_string(waited.error().code));
    };
    {
      const std::lock_guard lock(mutex);
      auto made = client_->subscribe(space, topic, {}, callbacks);
      if (!made) return words_of(made.error());
      own = std::make_unique<Subscription>(*std::move(made));
    }
    if (auto ready = own->wait_ready(milliseconds(5000)); !ready) return words_of(ready.error());
    for (int i = 0; i < 3; ++i)
      if (auto slot = client_->publish(space, topic, "y"); !slot) return words_of(slot.error());
    return said.get_future().get();
  }

  /// hammer NAMESPACE THREADS ROUNDS: everything at once from many threads, then close() from one of them.
  std::string hammer(Words& words) {
    const std::string space = word(words);
    int threads = 0, rounds = 0;
    words >> threads >> rounds;
    std::atomic<int> published{0}, got{0}, refused{0};
    const auto work = [&](int thread) {
      const std::string topic = "hammer-" + std::to_string(thread % 3);
      for (int round = 0; round < rounds; ++round) {
        Callbacks callbacks;
        callbacks.on_item = [&](const Item&) { ++got; };
        auto heard = client_->subscribe(space, topic, {}, callbacks);
        auto read = client_->subscribe(space, topic);
        if (!heard || !read) return static_cast<void>(++refused);
        if (!heard->wait_ready(milliseconds(5000)) || !read->wait_ready(milliseconds(5000))) ++refused;
        const auto slot = client_->publish(space, topic, "x");
        slot ? ++published : ++refused;
        if (slot && !read->next(milliseconds(5000))) ++refused;
        if (round % 3 == 0) heard->cancel();
      }
    };
    std::vector<std::thread> running;
    for (int thread = 0; thread < threads; ++thread) running.emplace_back(work, thread);
    for (auto& thread : running) thread.join();
    std::thread closer([&] { client_->close(); });
    client_->close();
    closer.join();
    const auto after = client_->publish(space, "x", "y");
    return "published " + std::to_string(published) + " refused " + std::to_string(refused) + " heard " +
           (got >= published ? "all" : "too few") + " then " + to_string(after.error().code);
  }

  std::mutex mutex_;  // of heard_
  std::map<std::string, std::string> heard_;
  std::unique_ptr<Client> client_;
  std::map<std::string, Subscription> subscriptions_;
};

}  // namespace

int main() {
  Probe probe;
  for (std::string line; std::getline(std::cin, line);) {
    Words words(line);
    std::string command;
    words >> command;
    std::cout << probe.run(command, words) << std::endl;
  }
}
