// Lets the search work where a page is opened from a folder: browsers refuse web workers to `file:` pages.
// The theme would load this from unpkg.com; the site must request nothing from another host.
"use strict"
if (location.protocol === "file:") {
  window.Worker = window.IFrameWorker = class extends EventTarget {
    constructor(url) {
      super()
      this.frame = document.createElement("iframe")
      this.frame.hidden = true
      document.body.appendChild(this.frame)
      const inside = this.frame.contentWindow
      const deliver = inside.postMessage.bind(inside)
      this.queue = []
      this.deliver = message => deliver(message, "*")
      addEventListener("message", ({ data, source }) => {
        if (source !== inside) return
        const event = new MessageEvent("message", { data })
        this.dispatchEvent(event)
        if (this.onmessage) this.onmessage(event)
      })
      inside.document.open()
      inside.document.write("<!doctype html><body></body>")
      inside.document.close()
      inside.eval("self.postMessage = message => parent.postMessage(message, '*')")
      inside.importScripts = (...urls) => urls.reduce((before, each) => before.then(() => load(each)), Promise.resolve())
      const load = address => new Promise((done, failed) => {
        const script = inside.document.createElement("script")
        script.src = new URL(address, document.baseURI).href
        script.onload = done
        script.onerror = failed
        inside.document.body.appendChild(script)
      })
      load(url).then(() => {
        for (const message of this.queue.splice(0)) this.deliver(message)
        this.queue = null
      })
    }

    postMessage(message) {
      if (this.queue) this.queue.push(message)
      else this.deliver(message)
    }

    terminate() {
      this.frame.remove()
    }
  }
}
